//! The keys that callers may present, kept as SHA-256 digests and compared in constant time.
//!
//! Hashing first makes every comparison 32 bytes long, so neither the length nor a common prefix of a real key can be timed.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::{ConditionallySelectable, ConstantTimeEq};

use crate::Secret;

/// Number of digest bytes in a fingerprint: 32 bits tell a handful of keys apart and say nothing about the key.
const FINGERPRINT_BYTES: usize = 4;

/// A set of keys. Cheap to search, impossible to read back.
#[derive(Clone)]
pub struct KeySet {
    digests: Vec<[u8; 32]>,
    fingerprints: Vec<String>,
}

/// A key of the set that a caller presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key<'a> {
    /// Its place in the set, from 0; stable while the set lives.
    pub index: usize,
    /// A short name of it for logs, derived from its digest.
    pub fingerprint: &'a str,
}

impl KeySet {
    /// Hashes the keys. Equal keys count once.
    pub fn new<'a>(keys: impl IntoIterator<Item = &'a Secret>) -> KeySet {
        let mut digests: Vec<[u8; 32]> = Vec::new();
        for key in keys {
            let digest = digest(key.expose().as_bytes());
            if !digests.contains(&digest) {
                digests.push(digest);
            }
        }
        let fingerprints = digests.iter().map(|d| hex(&d[..FINGERPRINT_BYTES])).collect();
        KeySet { digests, fingerprints }
    }

    /// Number of different keys.
    pub fn len(&self) -> usize {
        self.digests.len()
    }

    /// Whether nobody may enter.
    pub fn is_empty(&self) -> bool {
        self.digests.is_empty()
    }

    /// The key that these bytes are, if they are one. Takes the same time whichever key matches, or none.
    pub fn find(&self, presented: &[u8]) -> Option<Key<'_>> {
        let presented = digest(presented);
        let mut found = u32::MAX;
        for (index, known) in (0u32..).zip(&self.digests) {
            found.conditional_assign(&index, known.ct_eq(&presented));
        }
        let index = usize::try_from(found).ok()?;
        self.fingerprints.get(index).map(|fingerprint| Key { index, fingerprint })
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySet({} keys)", self.len())
    }
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_of_the_set_is_found_and_nothing_else_is() {
        let set = KeySet::new(&[Secret::new("alpha"), Secret::new("beta"), Secret::new("alpha")]);
        assert_eq!(set.len(), 2);
        assert_eq!(set.find(b"alpha").unwrap().index, 0);
        assert_eq!(set.find(b"beta").unwrap().index, 1);
        for other in [&b""[..], b"alph", b"alphaa", b"ALPHA", b"gamma"] {
            assert_eq!(set.find(other), None);
        }
    }

    #[test]
    fn a_fingerprint_tells_keys_apart_without_showing_them() {
        let set = KeySet::new(&[Secret::new("alpha"), Secret::new("beta")]);
        let (a, b) = (set.find(b"alpha").unwrap().fingerprint, set.find(b"beta").unwrap().fingerprint);
        assert_ne!(a, b);
        assert_eq!(a.len(), 8);
        assert!(!format!("{set:?}").contains(a));
    }
}
