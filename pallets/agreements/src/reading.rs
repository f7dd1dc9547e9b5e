//! How bytes are read that may be terms, or not.
//!
//! A transaction with terms beyond a bound is none, and refused before any pallet sees it. Whoever asks for a quote is
//! told which part of the terms it is.

use codec::Decode;
use syngraph_primitives::Terms;

use crate::{Config, Error, Pallet, TermsOf};

impl<T: Config> Pallet<T> {
	/// The terms that these bytes encode. Fails with the part of them that is beyond its bounds. For runtime APIs only.
	pub fn read_terms(bytes: &[u8]) -> Result<TermsOf<T>, Error<T>> {
		let mut rest = bytes;
		let input = &mut rest;
		// They are read in this order, which has to be that in which terms declare them.
		let terms: TermsOf<T> = Terms {
			users: part(input, Error::<T>::TooManyUsers)?,
			sensors: part(input, Error::<T>::TooManySensors)?,
			window: part(input, Error::<T>::NotTerms)?,
			function: part(input, Error::<T>::FunctionTooLong)?,
			quality_of_service: part(input, Error::<T>::NotTerms)?,
			reaction: part(input, Error::<T>::ReactionTooLong)?,
			reward: part(input, Error::<T>::NotTerms)?,
			retainer: part(input, Error::<T>::NotTerms)?,
			spare_retainer: part(input, Error::<T>::NotTerms)?,
			penalty: part(input, Error::<T>::NotTerms)?,
			absence_fee: part(input, Error::<T>::NotTerms)?,
			on_failure: part(input, Error::<T>::NotTerms)?,
			rounds: part(input, Error::<T>::NotTerms)?,
			limits: part(input, Error::<T>::NotTerms)?,
			nonce: part(input, Error::<T>::NotTerms)?,
		};
		match rest.is_empty() {
			true => Ok(terms),
			false => Err(Error::NotTerms),
		}
	}
}

/// The next part of the terms. Fails with `error` if it is none.
fn part<T: Config, P: Decode>(input: &mut &[u8], error: Error<T>) -> Result<P, Error<T>> {
	P::decode(input).map_err(|_| error)
}
