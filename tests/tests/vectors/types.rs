//! The types of what is signed and hashed, as SCALE encodes them.

use std::collections::BTreeMap;

use codec::Encode;
use scale_info::{Field, MetaType, Type, TypeDef, TypeInfo};
use serde_json::{json, Value};

/// A part of what is encoded.
pub struct Part {
	/// What it is called.
	pub name: &'static str,
	/// Its type.
	pub ty: MetaType,
	/// Its encoding.
	pub bytes: Vec<u8>,
}

impl Part {
	/// A value under a name.
	pub fn new<T: Encode + TypeInfo + ?Sized + 'static>(name: &'static str, value: &T) -> Self {
		Self {
			name,
			ty: MetaType::new::<T>(),
			bytes: value.encode(),
		}
	}

	/// What is published of it.
	pub fn json(&self) -> Value {
		json!({ "bytes": hex(&self.bytes), "name": self.name, "type": name(&self.ty) })
	}
}

/// The encodings of parts, one after the other.
pub fn joined(parts: &[Part]) -> Vec<u8> {
	parts.iter().flat_map(|part| part.bytes.clone()).collect()
}

/// What a type is called: as Rust does, but a wrapper is called what it wraps, since it is encoded like that.
pub fn name(ty: &MetaType) -> String {
	let ty = ty.type_info();
	let own = ty.path.ident().unwrap_or_default();
	match &ty.type_def {
		TypeDef::Primitive(primitive) => format!("{primitive:?}").to_lowercase(),
		TypeDef::Sequence(list) => format!("Vec<{}>", name(&list.type_param)),
		TypeDef::Array(array) => format!("[{}; {}]", name(&array.type_param), array.len),
		TypeDef::Compact(compact) => format!("Compact<{}>", name(&compact.type_param)),
		TypeDef::Tuple(tuple) => {
			let parts: Vec<_> = tuple.fields.iter().map(name).collect();
			format!("({})", parts.join(", "))
		},
		TypeDef::Composite(composite) => match &composite.fields[..] {
			[wrapped] if wrapped.name.is_none() => name(&wrapped.ty),
			_ => own.into(),
		},
		TypeDef::Variant(_) if own == "Option" => {
			let parts: Vec<_> = parts(&ty).iter().map(name).collect();
			format!("Option<{}>", parts.concat())
		},
		TypeDef::Variant(_) => own.into(),
		TypeDef::BitSequence(_) => unreachable!("nothing holds bits"),
	}
}

/// The types of which a type is made.
fn parts(ty: &Type) -> Vec<MetaType> {
	match &ty.type_def {
		TypeDef::Composite(composite) => composite.fields.iter().map(|field| field.ty).collect(),
		TypeDef::Variant(variant) => {
			let fields = variant.variants.iter().flat_map(|variant| &variant.fields);
			fields.map(|field| field.ty).collect()
		},
		TypeDef::Sequence(list) => vec![list.type_param],
		TypeDef::Array(array) => vec![array.type_param],
		TypeDef::Tuple(tuple) => tuple.fields.clone(),
		TypeDef::Compact(compact) => vec![compact.type_param],
		TypeDef::Primitive(_) | TypeDef::BitSequence(_) => Vec::new(),
	}
}

/// The structs and enums of which types are made, by their names.
#[derive(Default)]
pub struct Types(BTreeMap<String, Type>);

impl Types {
	/// Adds a type, and all that it is made of.
	pub fn add(&mut self, meta: &MetaType) {
		let ty = meta.type_info();
		parts(&ty).iter().for_each(|part| self.add(part));
		let name = name(meta);
		if ty.path.ident() == Some(&name[..]) {
			let other = self.0.insert(name.clone(), ty.clone());
			assert!(other.is_none_or(|other| other == ty), "{name} is two types");
		}
	}

	/// What is published of them.
	pub fn json(&self) -> Value {
		let of = |(name, ty): (&String, &Type)| match &ty.type_def {
			TypeDef::Variant(variant) => {
				let variants = variant.variants.iter().map(|variant| {
					json!({
						"fields": fields(&variant.fields),
						"index": variant.index,
						"name": variant.name,
					})
				});
				json!({ "name": name, "variants": variants.collect::<Vec<_>>() })
			},
			TypeDef::Composite(composite) => {
				json!({ "fields": fields(&composite.fields), "name": name })
			},
			_ => unreachable!("{name} has a name"),
		};
		self.0.iter().map(of).collect()
	}

	/// Their rows of the table.
	pub fn rows(&self) -> String {
		let row = |(name, ty): (&String, &Type)| {
			let (kind, parts) = match &ty.type_def {
				TypeDef::Variant(variant) => {
					let variants = variant.variants.iter().map(|variant| {
						let what = format!("{} `{}`", variant.index, variant.name);
						match listed(&variant.fields) {
							fields if fields.is_empty() => what,
							fields => format!("{what} ({fields})"),
						}
					});
					("enum", variants.collect::<Vec<_>>().join(", "))
				},
				TypeDef::Composite(composite) => ("struct", listed(&composite.fields)),
				_ => unreachable!("{name} has a name"),
			};
			format!("| `{name}` | {kind} | {parts} |\n")
		};
		self.0.iter().map(row).collect()
	}
}

/// What is published of fields. Those of a tuple have no names.
fn fields(fields: &[Field]) -> Vec<Value> {
	let one = |field: &Field| json!({ "name": field.name, "type": name(&field.ty) });
	fields.iter().map(one).collect()
}

/// Fields, as a table lists them.
fn listed(fields: &[Field]) -> String {
	let one = |field: &Field| match field.name {
		Some(of) => format!("{of} `{}`", name(&field.ty)),
		None => format!("`{}`", name(&field.ty)),
	};
	fields.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Bytes as they are published.
pub fn hex(bytes: &[u8]) -> String {
	let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
	format!("0x{digits}")
}
