//! Who may talk to the lab: its own pages, in a browser on this machine.
//!
//! - A name that somebody has made lead to this machine is no name of ours, so
//!   its `Host` is refused: that is DNS rebinding.
//! - Another page in the same browser may open a socket to us, but the browser
//!   tells its `Origin`.
//! - The cookie is given to our pages alone, and is another one at each start.
//!
//! All this is about browsers. Another program on this machine can ask for a
//! page, and then say whatever a page can say; so can other users, if the
//! machine has some.

use axum::http::{HeaderMap, HeaderName, header};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// The names of this machine.
const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

/// The length of the token, in bytes.
const TOKEN: usize = 32;

/// Tells our own pages from all others.
#[derive(Debug)]
pub struct Guard {
    port: u16,
    token: String,
}

impl Guard {
    /// A guard for this port, with a new token.
    ///
    /// # Errors
    ///
    /// When the system has no random numbers.
    pub fn new(port: u16) -> anyhow::Result<Guard> {
        let mut token = [0; TOKEN];
        getrandom::fill(&mut token).map_err(anyhow::Error::msg)?;
        let token = URL_SAFE_NO_PAD.encode(token);
        Ok(Guard { port, token })
    }

    /// The name of the cookie. Browsers give a cookie to all ports of a host,
    /// so two labs need two.
    fn cookie_name(&self) -> String {
        format!("lab-{}", self.port)
    }

    /// The cookie that our pages get.
    pub fn cookie(&self) -> String {
        let name = self.cookie_name();
        let token = &self.token;
        format!("{name}={token}; Path=/; SameSite=Strict; HttpOnly")
    }

    /// Whether the request is meant for us, by one of our names.
    pub fn is_host(&self, headers: &HeaderMap) -> bool {
        let Some(host) = only(headers, &header::HOST) else {
            return false;
        };
        NAMES
            .iter()
            .any(|name| host == format!("{name}:{}", self.port))
    }

    /// Whether one of our pages asks, and not somebody else's.
    pub fn is_ours(&self, headers: &HeaderMap) -> bool {
        let origin = only(headers, &header::ORIGIN);
        let host = only(headers, &header::HOST);
        let same = match (origin, host) {
            (Some(origin), Some(host)) => origin == format!("http://{host}"),
            _ => false,
        };
        same && self.is_host(headers) && self.has_token(headers)
    }

    fn has_token(&self, headers: &HeaderMap) -> bool {
        let name = self.cookie_name();
        let cookies = headers.get_all(header::COOKIE).iter();
        let cookies = cookies.filter_map(|cookies| cookies.to_str().ok());
        cookies
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .any(|(key, value)| key == name && self.is_token(value))
    }

    /// Takes the same time whatever the difference.
    fn is_token(&self, value: &str) -> bool {
        let pairs = value.bytes().zip(self.token.bytes());
        let differ = pairs.fold(0, |all, (one, other)| all | (one ^ other));
        value.len() == self.token.len() && differ == 0
    }
}

/// The value of a header that stands there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn our_names_and_our_port_are_ours_and_nothing_else() {
        let guard = Guard::new(3000).unwrap();
        for (host, expected) in [
            ("localhost:3000", true),
            ("127.0.0.1:3000", true),
            ("[::1]:3000", false),
            ("localhost", false),
            ("localhost:3001", false),
            ("evil.example:3000", false),
            ("localhost:3000.evil.example", false),
            ("0.0.0.0:3000", false),
            ("", false),
        ] {
            let one = headers(&[(header::HOST, host)]);
            assert_eq!(guard.is_host(&one), expected, "{host}");
        }
        let twice = headers(&[
            (header::HOST, "localhost:3000"),
            (header::HOST, "localhost:3000"),
        ]);
        assert!(!guard.is_host(&twice));
    }

    #[test]
    fn a_page_needs_our_origin_and_our_cookie() {
        let guard = Guard::new(3000).unwrap();
        let cookie = guard.cookie();
        let cookie = cookie.split(';').next().unwrap();
        let other = Guard::new(3000).unwrap().cookie();
        let other = other.split(';').next().unwrap();
        let ours = "http://localhost:3000";
        for (origin, cookie, expected) in [
            (Some(ours), Some(cookie), true),
            (Some(ours), None, false),
            (Some(ours), Some(other), false),
            (Some(ours), Some("lab-3000="), false),
            (Some("http://evil.example"), Some(cookie), false),
            (Some("http://localhost:3001"), Some(cookie), false),
            (Some("https://localhost:3000"), Some(cookie), false),
            (Some("null"), Some(cookie), false),
            (None, Some(cookie), false),
        ] {
            let mut all = vec![(header::HOST, "localhost:3000")];
            all.extend(origin.map(|one| (header::ORIGIN, one)));
            all.extend(cookie.map(|one| (header::COOKIE, one)));
            let asked = headers(&all);
            assert_eq!(guard.is_ours(&asked), expected, "{all:?}");
        }
        // A browser sends the cookies of other ports with ours.
        let all = format!("a=b; {cookie}");
        let asked = headers(&[
            (header::HOST, "localhost:3000"),
            (header::ORIGIN, ours),
            (header::COOKIE, &all),
        ]);
        assert!(guard.is_ours(&asked));
    }
}
