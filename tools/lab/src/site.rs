//! The pages, over HTTP: the book as it was built, with the lab's script and
//! style sheet in it, and a policy that lets it talk to nobody else.

use std::sync::{Arc, LazyLock};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderName, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use regex::Regex;
use sha2::{Digest, Sha256};

use crate::{Lab, edition::Edition, socket};

const SCRIPT: &str = include_str!("../assets/lab.js");
const STYLE: &str = include_str!("../assets/lab.css");

/// Pages that repeat others, or are a part of them.
const WITHOUT_LAB: [&str; 3] = ["404.html", "print.html", "toc.html"];

/// The policy of what is no page: a picture that is opened by itself runs
/// nothing.
const ALONE: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// What every answer says, whatever it is.
const ALWAYS: [(HeaderName, &str); 5] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Everything that can be asked of the lab.
pub fn router(lab: Arc<Lab>) -> Router {
    Router::new()
        .route("/lab/lab.js", get(|| asset("text/javascript", SCRIPT)))
        .route("/lab/lab.css", get(|| asset("text/css", STYLE)))
        .route("/lab/socket", get(socket::open))
        .fallback(page)
        .layer(middleware::from_fn_with_state(lab.clone(), guarded))
        .with_state(lab)
}

/// Lets nobody in who means another host, and nothing that would change
/// something.
async fn guarded(
    State(lab): State<Arc<Lab>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = if !lab.guard.is_host(request.headers()) {
        refusal(StatusCode::FORBIDDEN, "This is the lab of another host.")
    } else if ![Method::GET, Method::HEAD].contains(request.method()) {
        refusal(StatusCode::METHOD_NOT_ALLOWED, "There is nothing to send.")
    } else {
        next.run(request).await
    };
    for (name, value) in ALWAYS {
        let value = header::HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}

/// An answer to who is not let in.
pub fn refusal(status: StatusCode, why: &'static str) -> Response {
    (status, why).into_response()
}

async fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// A file of the book. The first one waits until the book is built.
async fn page(State(lab): State<Arc<Lab>>, request: Request) -> Response {
    let Some(edition) = lab.newest().await else {
        return refusal(StatusCode::SERVICE_UNAVAILABLE, "The lab is ending.");
    };
    let path = request.uri().path().trim_start_matches('/');
    let path = match path {
        "" => "index.html",
        path => path,
    };
    let (status, path) = match edition.files.contains_key(path) {
        true => (StatusCode::OK, path),
        false => (StatusCode::NOT_FOUND, "404.html"),
    };
    let Some(file) = edition.files.get(path) else {
        return refusal(StatusCode::NOT_FOUND, "There is no such page.");
    };
    let kind = [(header::CONTENT_TYPE, kind(path))];
    match str::from_utf8(file)
        .ok()
        .filter(|_| path.ends_with(".html"))
    {
        Some(html) => {
            let cookie = lab.guard.cookie();
            let headers = [
                (header::CONTENT_SECURITY_POLICY, policy(html)),
                (header::SET_COOKIE, cookie),
            ];
            let html = with_lab(path, html, &edition);
            (status, kind, headers, html).into_response()
        }
        None => {
            let policy = [(header::CONTENT_SECURITY_POLICY, ALONE)];
            (status, kind, policy, Body::from(file.clone())).into_response()
        }
    }
}

impl Lab {
    /// The newest edition of the book, or the first one as soon as it is
    /// there.
    pub async fn newest(&self) -> Option<Arc<Edition>> {
        let mut editions = self.edition.subscribe();
        let edition = editions.wait_for(Option::is_some).await.ok()?;
        edition.clone()
    }
}

/// What a browser has to know of a file, by its ending.
fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

/// The page with what makes it live.
fn with_lab(path: &str, html: &str, edition: &Edition) -> String {
    if edition.is_broken || WITHOUT_LAB.contains(&path) {
        return html.to_owned();
    }
    let digest = edition.digest(path).unwrap_or_default();
    let head = format!(
        "<meta name=\"lab-digest\" content=\"{digest}\">\n\
         <link rel=\"stylesheet\" href=\"/lab/lab.css\">\n\
         <script defer src=\"/lab/lab.js\"></script>\n</head>"
    );
    html.replacen("</head>", &head, 1)
}

/// Scripts and connections are ours alone. mdBook's own scripts stand in the
/// page; they are named by what they say.
fn policy(html: &str) -> String {
    static INLINE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?s)<script>(.*?)</script>").expect("it is constant")
    });
    let mut scripts = String::from("'self'");
    for script in INLINE.captures_iter(html) {
        let digest = STANDARD.encode(Sha256::digest(&script[1]));
        scripts += &format!(" 'sha256-{digest}'");
    }
    format!(
        "default-src 'none'; script-src {scripts}; style-src 'self' \
         'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src \
         'self'; frame-src 'self'; frame-ancestors 'self'; base-uri 'self'; \
         form-action 'none'"
    )
}
