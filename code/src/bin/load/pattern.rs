//! What a client sends: an endless stream of bytes, each of which follows from
//! the number of the client and its place.
//!
//! Nothing has to be kept of what was sent: what must come back is worked out
//! anew. The streams look random, so bytes that are lost, doubled, or come out
//! of turn or to the wrong client, differ from what is expected. A single one
//! may be the same by chance, once in 256 times. Then the bytes after it still
//! stand in the wrong place.

/// The bytes of one client.
#[derive(Debug, Clone, Copy)]
pub struct Pattern {
    seed: u64,
}

/// The bytes are made in pieces of this many.
const WORD: usize = 8;

impl Pattern {
    /// The stream of the client with this number.
    pub fn new(client: usize) -> Pattern {
        let seed = mix(client as u64);
        Pattern { seed }
    }

    /// Writes the bytes of the stream from the place `at` on.
    pub fn fill(self, at: u64, bytes: &mut [u8]) {
        let (first, from) = place(at);
        let head = bytes.len().min((WORD - from) % WORD);
        let (head, later) = bytes.split_at_mut(head);
        let (words, tail) = later.as_chunks_mut();
        head.copy_from_slice(&self.word(first)[from..][..head.len()]);
        let mut number = at.div_ceil(WORD as u64);
        for word in words {
            *word = self.word(number);
            number += 1;
        }
        tail.copy_from_slice(&self.word(number)[..tail.len()]);
    }

    /// The first of the bytes that came to the place `at` and is another than
    /// the stream has there.
    pub fn differs(self, at: u64, bytes: &[u8]) -> Option<usize> {
        if self.is_at(at, bytes) {
            return None;
        }
        (at..).zip(bytes).position(|(at, byte)| {
            let (number, from) = place(at);
            self.word(number)[from] != *byte
        })
    }

    /// Compares whole words: this is done with all that comes back.
    fn is_at(self, at: u64, bytes: &[u8]) -> bool {
        let (first, from) = place(at);
        let head = bytes.len().min((WORD - from) % WORD);
        let (head, later) = bytes.split_at(head);
        let (words, tail) = later.as_chunks();
        let next = at.div_ceil(WORD as u64);
        let last = next + words.len() as u64;
        *head == self.word(first)[from..][..head.len()]
            && (next..).zip(words).all(|(n, word)| *word == self.word(n))
            && *tail == self.word(last)[..tail.len()]
    }

    /// A piece of the stream.
    // ANCHOR: word
    fn word(self, number: u64) -> [u8; WORD] {
        mix(self.seed.wrapping_add(number)).to_le_bytes()
    }
    // ANCHOR_END: word
}

/// In which word a byte is, and where in it.
fn place(at: u64) -> (u64, usize) {
    let word = WORD as u64;
    (at / word, (at % word) as usize)
}

/// A number that looks random, another one for each number: the mixer of
/// SplitMix64.
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some bytes of a stream, one by one.
    fn bytes(client: usize, at: u64, count: usize) -> Vec<u8> {
        let pattern = Pattern::new(client);
        let mut bytes = vec![0; count];
        for (at, byte) in (at..).zip(&mut bytes) {
            pattern.fill(at, std::slice::from_mut(byte));
        }
        bytes
    }

    #[test]
    fn bytes_are_the_same_however_they_are_cut() {
        for at in 0..20 {
            for count in 0..40 {
                let mut whole = vec![0; count];
                Pattern::new(3).fill(at, &mut whole);
                assert_eq!(whole, bytes(3, at, count), "{count} at {at}");
                assert_eq!(Pattern::new(3).differs(at, &whole), None);
            }
        }
    }

    #[test]
    fn each_byte_that_is_changed_is_seen() {
        for at in 0..10 {
            for place in 0..40 {
                let mut changed = bytes(0, at, 40);
                changed[place] ^= 1;
                let found = Pattern::new(0).differs(at, &changed);
                assert_eq!(found, Some(place), "at {at}");
            }
        }
    }

    #[test]
    fn lost_doubled_and_swapped_bytes_are_seen() {
        let sent = bytes(7, 0, 4096);
        for place in 0..2000 {
            let lost = [&sent[..place], &sent[place + 1..]].concat();
            let doubled = [&sent[..=place], &sent[place..]].concat();
            for wrong in [lost, doubled] {
                let found = Pattern::new(7).differs(0, &wrong).unwrap();
                // It may be later by chance, and not by much.
                assert!((place..place + 8).contains(&found), "{place}");
            }
            let mut swapped = sent.clone();
            swapped.swap(place, place + 1);
            let same = sent[place] == sent[place + 1];
            let found = Pattern::new(7).differs(0, &swapped);
            assert_eq!(found, (!same).then_some(place));
        }
    }

    #[test]
    fn no_two_clients_and_no_two_messages_are_alike() {
        let mut seen = std::collections::HashSet::new();
        for client in 0..1000 {
            for message in 0..100 {
                assert!(seen.insert(bytes(client, message * 8, 8)));
            }
        }
    }
}
