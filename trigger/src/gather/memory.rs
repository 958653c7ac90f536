//! Facts that were had a moment ago, as long as they are declared to be good. Only what was found is kept: whoever was
//! missing may be there the next time.

use std::collections::HashMap;
use std::time::Instant;

use serde_json::Value;

/// More are not kept: an environment of 128 MB is not to end for its memory.
const MOST: usize = 1000;

/// By fact and request, what was found, and until when it is good.
#[derive(Default)]
pub(super) struct FactMemory(HashMap<(String, String), (Value, Instant)>);

impl FactMemory {
    /// What was found, if that is still good at `now`.
    pub(super) fn get(&mut self, name: &str, body: &str, now: Instant) -> Option<Value> {
        let key = (name.to_owned(), body.to_owned());
        let (value, until) = self.0.get(&key)?;
        if now < *until {
            return Some(value.clone());
        }
        self.0.remove(&key);
        None
    }

    pub(super) fn keep(&mut self, name: &str, body: String, value: Value, until: Instant) {
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert((name.to_owned(), body), (value, until));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_forgets_in_time_and_does_not_grow() {
        let (mut memory, start) = (FactMemory::default(), Instant::now());
        let later = start + Duration::from_secs(2);
        memory.keep("f", "a".to_owned(), 1.into(), start + Duration::from_secs(1));
        assert_eq!(memory.get("f", "a", start), Some(1.into()));
        assert_eq!((memory.get("f", "b", start), memory.get("g", "a", start)), (None, None));
        assert_eq!(memory.get("f", "a", later), None);
        for number in 0..3 * MOST {
            memory.keep("f", number.to_string(), 1.into(), later);
        }
        assert!(memory.0.len() <= MOST);
    }
}
