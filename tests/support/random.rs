//! Random numbers that are the same in every run, and the words that are drawn with them.

/// Marsaglia's xorshift.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// Says its seed, which is shown when the test fails. `SEED=7 cargo test …` runs it with another one.
    #[expect(clippy::print_stdout, reason = "cargo shows it when the test fails")]
    pub fn new(seed: u64) -> Self {
        let other = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
        let seed: u64 = other.unwrap_or(seed);
        println!("SEED={seed}");
        // Zero stays zero for ever, and small seeds begin alike.
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    pub fn one<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    /// Often nothing, else one or two words.
    pub fn few(&mut self, words: &[&str]) -> Vec<String> {
        let count = [0, 0, 0, 1, 2][self.below(5)];
        (0..count).map(|_| self.one(words).to_owned()).collect()
    }

    /// More often nothing.
    pub fn rarely(&mut self, words: &[&str]) -> Vec<String> {
        if self.below(3) == 0 { self.few(words) } else { vec![] }
    }

    /// A word, or that there is none.
    pub fn maybe(&mut self, words: &[&str]) -> Option<String> {
        (self.below(4) > 0).then(|| self.one(words).to_owned())
    }
}
