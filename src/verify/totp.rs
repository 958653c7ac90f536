//! One-time codes by the clock (RFC 6238), as an authenticator app makes them: HMAC-SHA-1, six digits, 30 seconds.

use ring::hmac;

/// For how long a code is good.
const STEP: i64 = 30;

/// The step that this second (since 1970) is in: a code may be used once a step.
#[must_use]
pub fn step(now: i64) -> u64 {
    u64::try_from(now / STEP).unwrap_or_default()
}

/// The code of a step; `None` if the secret is not Base32.
#[must_use]
pub fn code(secret: &str, step: u64) -> Option<String> {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &base32(secret)?);
    let signature = hmac::sign(&key, &step.to_be_bytes());
    let bytes = signature.as_ref();
    // Dynamic truncation: RFC 4226, section 5.3.
    let at = usize::from(bytes.last()? & 0x0f);
    let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
    Some(format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000))
}

/// RFC 4648, section 6, without caring for case and padding.
fn base32(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut buffer, mut bits) = (vec![], 0_u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let value = match letter.to_ascii_uppercase() {
            letter @ b'A'..=b'Z' => letter - b'A',
            letter @ b'2'..=b'7' => letter - b'2' + 26,
            _ => return None,
        };
        buffer = (buffer << 5 | u32::from(value)) & 0xffff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, SHA-1, the last six of its eight digits. The secret is "12345678901234567890".
    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        for (now, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(secret, step(now)).as_deref(), Some(expected));
        }
        assert_eq!(code("not base 32!", 1), None);
    }
}
