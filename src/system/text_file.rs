//! Reads a text that somebody may have saved with PowerShell, which writes a byte order mark, or UTF-16.

use std::path::Path;
use std::{fs, io};

/// The text of a file.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    decode(fs::read(path)?)
}

/// UTF-8, or what its byte order mark says.
pub(crate) fn decode(bytes: Vec<u8>) -> io::Result<String> {
    match bytes.as_slice() {
        [0xEF, 0xBB, 0xBF, text @ ..] => utf8(text.to_vec()),
        [0xFF, 0xFE, text @ ..] => utf16(text, u16::from_le_bytes),
        [0xFE, 0xFF, text @ ..] => utf16(text, u16::from_be_bytes),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|_| broken("UTF-8"))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> io::Result<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let text = String::from_utf16(&pairs.iter().copied().map(unit).collect::<Vec<_>>());
    text.ok().filter(|_| rest.is_empty()).ok_or_else(|| broken("UTF-16"))
}

fn broken(encoding: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the file is not {encoding}"))
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn every_encoding_of_powershell_is_read() {
        let units: Vec<u16> = "{\"ä\": 1}".encode_utf16().collect();
        let le = units.iter().flat_map(|unit| unit.to_le_bytes());
        let be = units.iter().flat_map(|unit| unit.to_be_bytes());
        for bytes in [
            "{\"ä\": 1}".as_bytes().to_vec(),
            "\u{FEFF}{\"ä\": 1}".as_bytes().to_vec(),
            [0xFF, 0xFE].into_iter().chain(le).collect(),
            [0xFE, 0xFF].into_iter().chain(be).collect(),
        ] {
            assert_eq!(decode(bytes).expect("a text"), "{\"ä\": 1}");
        }
        for (bytes, reason) in [
            (vec![0xFF], "the file is not UTF-8"),
            (vec![0xFF, 0xFE, 0x00], "the file is not UTF-16"),
            (vec![0xFF, 0xFE, 0x00, 0xD8], "the file is not UTF-16"),
        ] {
            assert_eq!(decode(bytes).expect_err("no text").to_string(), reason);
        }
    }
}
