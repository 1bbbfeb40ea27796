//! Plans, drawn at random.

use proptest::{
    bool::weighted, collection::vec, prelude::any, strategy::Strategy as Draw,
};

use super::*;

/// Plans in which all times are so many `units`, and each has a `share` of its
/// own, which no sum of others makes up.
pub fn plans(unit: Duration, share: Duration) -> impl Draw<Value = Plan> {
    let intensity = (0..4_usize, 0..12_u32, 0..1_u32 << (MOST * LIVES));
    let intensity = intensity.prop_map(move |(restarts, units, shares)| {
        at_most(restarts, unit * units + share * shares)
    });
    let end = (0..60_u32).prop_map(move |units| unit * units);
    let lives = lives(unit, share);
    (any::<bool>(), intensity, lives, end, any::<bool>()).prop_map(
        move |(rest, intensity, lives, end, is_dropped)| Plan {
            strategy: match rest {
                true => Strategy::RestForOne,
                false => Strategy::OneForOne,
            },
            intensity,
            pauses: [unit, 4 * unit],
            lives,
            end: end + own(share, MOST * LIVES),
            is_dropped,
        },
    )
}

fn lives(unit: Duration, share: Duration) -> impl Draw<Value = Vec<Vec<Life>>> {
    let life = (0..6_u32, weighted(0.7), any::<bool>());
    vec(vec(life, 0..=LIVES), 1..=MOST).prop_map(move |all| {
        let all = all.into_iter().enumerate().map(|(place, lives)| {
            let lives = (place * LIVES..).zip(lives);
            let lives = lives.map(|(number, life)| Life {
                time: unit * life.0 + own(share, number),
                panics: life.1,
                panics_when_ended: life.2,
            });
            lives.collect()
        });
        all.collect()
    })
}

fn own(share: Duration, number: usize) -> Duration {
    share * (1 << number)
}
