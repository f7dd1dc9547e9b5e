//! What is given to a runtime API.

use alloc::vec::Vec;
use codec::{Decode, Encode, Error, Input, Output};
use core::{iter::from_fn, marker::PhantomData};
use scale_info::{Type, TypeInfo};

/// The argument of a method of a runtime API: bytes that are meant to encode a `T`.
///
/// What a method takes as a `T` is decoded before any code of its own runs, and the runtime traps if it is none: who
/// asked is not told so much as that. This can always be decoded, and the method finds out what it was given, and can
/// say what is wrong. The metadata call it a `T`. It takes all bytes that there are: nothing can come after it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Argument<T> {
	bytes: Vec<u8>,
	meant: PhantomData<T>,
}

impl<T> Argument<T> {
	fn new(bytes: Vec<u8>) -> Self {
		Self {
			bytes,
			meant: PhantomData,
		}
	}

	/// What was given.
	pub fn bytes(&self) -> &[u8] {
		&self.bytes
	}
}

impl<T: Encode> From<&T> for Argument<T> {
	fn from(value: &T) -> Self {
		Self::new(value.encode())
	}
}

impl<T> Encode for Argument<T> {
	fn size_hint(&self) -> usize {
		self.bytes.len()
	}

	fn encode_to<O: Output + ?Sized>(&self, to: &mut O) {
		to.write(&self.bytes);
	}
}

impl<T> Decode for Argument<T> {
	fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
		let bytes = from_fn(|| input.read_byte().ok());
		Ok(Self::new(bytes.collect()))
	}
}

impl<T: TypeInfo + 'static> TypeInfo for Argument<T> {
	type Identity = T::Identity;

	fn type_info() -> Type {
		T::type_info()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use scale_info::meta_type;

	#[test]
	fn whatever_is_given_is_an_argument() {
		for bytes in [&[][..], &[1_u8], &[1, 2, 3, 4, 5]] {
			let argument = Argument::<u32>::decode(&mut &bytes[..]).unwrap();
			assert_eq!(argument.bytes(), bytes);
			assert_eq!(argument.encode(), bytes);
		}
		assert_eq!(Argument::from(&7_u32).encode(), 7_u32.encode());
	}

	#[test]
	fn the_metadata_say_what_it_is_meant_to_be() {
		assert_eq!(meta_type::<Argument<u32>>(), meta_type::<u32>());
		assert_eq!(Argument::<u32>::type_info(), u32::type_info());
	}
}
