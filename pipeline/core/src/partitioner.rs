//! Which partition a key belongs to, so that a course split by two producers with two partitioners is noticed.

use serde::{Deserialize, Serialize};

/// How producers choose a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Partitioner {
    /// Kafka's Java client and most others: murmur2 of the key.
    #[default]
    Murmur2,
    /// librdkafka's default: CRC-32 of the key.
    Crc32,
    /// Not checked.
    Any,
}

impl Partitioner {
    /// The partition of a key; `None` when it is not checked.
    #[must_use]
    pub fn partition(self, key: &[u8], partitions: u32) -> Option<u32> {
        match self {
            Self::Murmur2 => Some((murmur2(key) & 0x7fff_ffff) % partitions.max(1)),
            Self::Crc32 => Some(crc32(key) % partitions.max(1)),
            Self::Any => None,
        }
    }
}

/// MurmurHash2, 32 bit, with the seed of Kafka's `Utils.murmur2`.
fn murmur2(data: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    let mut hash = 0x9747_b28c ^ data.len() as u32;
    let mut chunks = data.chunks_exact(4);
    for chunk in &mut chunks {
        let mut k = u32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]).wrapping_mul(M);
        k = (k ^ (k >> 24)).wrapping_mul(M);
        hash = hash.wrapping_mul(M) ^ k;
    }
    let rest = chunks.remainder();
    if !rest.is_empty() {
        for (place, byte) in rest.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * place);
        }
        hash = hash.wrapping_mul(M);
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(M);
    hash ^ (hash >> 15)
}

/// CRC-32 (IEEE 802.3), bit by bit: keys are short and checked once a course.
fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_clients() {
        // Kafka's UtilsTest.testMurmur2 and the check value of CRC-32.
        assert_eq!(murmur2(b"21") as i32, -973_932_308);
        assert_eq!(murmur2(b"foobar") as i32, -790_332_482);
        assert_eq!(murmur2(b"a-little-bit-long-string") as i32, -985_981_536);
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
