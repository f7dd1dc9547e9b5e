//! Order statistics.

/// The value below or at which so many percent of the values lie; none without values.
pub fn percentile<T: Copy + PartialOrd>(values: &[T], percent: usize) -> Option<T> {
	let mut sorted = values.to_vec();
	sorted.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
	// The nearest rank, counted from one.
	let rank = (sorted.len() * percent).div_ceil(100).max(1);
	sorted.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
	use super::percentile;

	#[test]
	fn the_nearest_rank_counts() {
		let values: Vec<u32> = (1..=40).rev().collect();
		assert_eq!(percentile(&values, 50), Some(20));
		assert_eq!(percentile(&values, 95), Some(38));
		assert_eq!(percentile(&values, 100), Some(40));
		assert_eq!(percentile(&[7], 95), Some(7));
		assert_eq!(percentile::<u32>(&[], 50), None);
	}
}
