//! Which modules of a crate import which, whatever names that goes by.
//!
//! A module may import another one's item from a third one that imports it, most often from one that both are in. So
//! names are followed to where they come from.

use std::{
	collections::{BTreeMap, BTreeSet},
	mem,
};

use syn::{
	visit::{self, Visit},
	Attribute, Ident, Item, ItemMod, ItemUse, Macro, Meta, MetaList, Path, UseTree,
};

/// The way from a crate's root to a module, or to what is in one.
pub type Route = Vec<String>;

/// Which modules each module imports.
pub type Imports = BTreeMap<Route, BTreeSet<Route>>;

/// No route is longer than that.
const LONGEST: usize = 16;

/// What the modules of a crate name, without its tests. A module that is no file is part of the one that it is in.
pub struct Names<'a> {
	/// Gives the text of a module.
	open: &'a dyn Fn(&[String]) -> String,
	/// The module that is being read.
	at: Route,
	/// The file that it is in.
	file: Route,
	files: BTreeSet<Route>,
	/// What each name stands for: itself, or what is imported by it.
	meanings: BTreeMap<Route, Route>,
	/// Which module imports which one whole.
	globs: Vec<(Route, Route)>,
	/// What is named in which file.
	named: Vec<(Route, Route)>,
}

impl<'a> Names<'a> {
	/// Reads a crate whose modules have these texts. The root's route is empty.
	pub fn read(open: &'a dyn Fn(&[String]) -> String) -> Self {
		let mut names = Self {
			open,
			at: Route::new(),
			file: Route::new(),
			files: BTreeSet::new(),
			meanings: BTreeMap::new(),
			globs: Vec::new(),
			named: Vec::new(),
		};
		names.read_file();
		names.spread();
		names
	}

	/// Which module imports which of those beside it. All that is in a module is part of it; what a module has from one
	/// that it is in, or the other way round, is no import.
	pub fn imports(&self) -> Imports {
		let mut imports = Imports::new();
		for (file, route) in &self.named {
			let Some(other) = self.module(file, route, &mut BTreeSet::new()) else {
				continue;
			};
			let shared = file.iter().zip(&other).take_while(|(a, b)| a == b);
			let end = shared.count();
			if let (Some(from), Some(to)) = (file.get(..=end), other.get(..=end)) {
				let others = imports.entry(from.to_vec()).or_default();
				others.insert(to.to_vec());
			}
		}
		imports
	}

	/// The first module on a route that the file is not in. Names that lead back to each other, as those of other
	/// crates and of local imports may seem to, lead nowhere.
	fn module(
		&self,
		file: &[String],
		route: &[String],
		seen: &mut BTreeSet<Route>,
	) -> Option<Route> {
		if route.len() > LONGEST || !seen.insert(route.to_vec()) {
			return None;
		}
		(1..=route.len()).find_map(|end| {
			let (head, rest) = route.split_at(end);
			if self.files.contains(head) && !file.starts_with(head) {
				return Some(head.to_vec());
			}
			let meant = self.meanings.get(head);
			let imported = meant.filter(|meant| meant[..] != *head)?;
			self.module(file, &[&imported[..], rest].concat(), seen)
		})
	}

	fn read_file(&mut self) {
		let text = (self.open)(&self.at);
		let code = syn::parse_file(&text).expect("sources that compile");
		let outer = mem::replace(&mut self.file, self.at.clone());
		self.files.insert(self.at.clone());
		self.visit_file(&code);
		self.file = outer;
	}

	/// Where a path leads from the module that is being read.
	fn route(&self, path: impl IntoIterator<Item = String>) -> Route {
		let mut route = self.at.clone();
		for part in path {
			match part.as_str() {
				"crate" => route.clear(),
				"self" => (),
				"super" => drop(route.pop()),
				_ => route.push(part),
			}
		}
		route
	}

	fn note(&mut self, route: Route) {
		self.named.push((self.file.clone(), route));
	}

	/// Takes in what a `use` says after such a path.
	fn import(&mut self, tree: &UseTree, mut path: Vec<String>) {
		match tree {
			UseTree::Path(step) => {
				path.push(step.ident.to_string());
				self.import(&step.tree, path);
			},
			UseTree::Group(group) => {
				for tree in &group.items {
					self.import(tree, path.clone());
				}
			},
			UseTree::Name(name) => {
				path.push(name.ident.to_string());
				self.bind(None, path);
			},
			UseTree::Rename(name) => {
				path.push(name.ident.to_string());
				self.bind(Some(name.rename.to_string()), path);
			},
			UseTree::Glob(_) => {
				let whole = self.route(path);
				self.globs.push((self.at.clone(), whole.clone()));
				self.note(whole);
			},
		}
	}

	/// Lets a name stand for what a path leads to: by default, the path's last one.
	fn bind(&mut self, name: Option<String>, path: Vec<String>) {
		let meant = self.route(path);
		self.note(meant.clone());
		let name = self.route(name.or_else(|| meant.last().cloned()));
		// What is in something of its own name is another crate's, or a module's, and that is found without.
		if !meant.starts_with(&name) {
			self.meanings.insert(name, meant);
		}
	}

	/// Gives each module the names of those that it imports whole.
	fn spread(&mut self) {
		loop {
			let mut new = BTreeMap::new();
			for (into, whole) in &self.globs {
				let names = self.meanings.keys();
				let is_in =
					|name: &&Route| name.len() == whole.len() + 1 && name.starts_with(whole);
				for name in names.filter(is_in) {
					let own = [&into[..], &name[whole.len()..]].concat();
					if !self.meanings.contains_key(&own) {
						new.insert(own, name.clone());
					}
				}
			}
			if new.is_empty() {
				return;
			}
			self.meanings.append(&mut new);
		}
	}

	/// Takes in the paths among the tokens of a macro or an attribute.
	fn note_paths(&mut self, tokens: &str) {
		let tokens = tokens.replace(" :: ", "::");
		let words =
			tokens.split(|letter: char| !(letter.is_alphanumeric() || "_:".contains(letter)));
		for path in words.filter(|word| word.contains("::")) {
			let parts = path.split("::").filter(|part| !part.is_empty());
			self.note(self.route(parts.map(String::from)));
		}
	}
}

impl<'ast> Visit<'ast> for Names<'_> {
	fn visit_item(&mut self, item: &'ast Item) {
		if let Some(name) = ident(item) {
			let name = self.route([name.to_string()]);
			self.meanings.entry(name.clone()).or_insert(name);
		}
		visit::visit_item(self, item);
	}

	fn visit_item_mod(&mut self, module: &'ast ItemMod) {
		if is_apart(&module.attrs) {
			return;
		}
		self.at.push(module.ident.to_string());
		match &module.content {
			Some(_) => visit::visit_item_mod(self, module),
			None => self.read_file(),
		}
		self.at.pop();
	}

	fn visit_item_use(&mut self, item: &'ast ItemUse) {
		self.import(&item.tree, Vec::new());
	}

	fn visit_path(&mut self, path: &'ast Path) {
		let parts = path.segments.iter().map(|part| part.ident.to_string());
		self.note(self.route(parts));
		visit::visit_path(self, path);
	}

	fn visit_macro(&mut self, called: &'ast Macro) {
		self.note_paths(&called.tokens.to_string());
		visit::visit_macro(self, called);
	}

	fn visit_meta_list(&mut self, list: &'ast MetaList) {
		self.note_paths(&list.tokens.to_string());
		visit::visit_meta_list(self, list);
	}
}

/// Whether a module is of tests, or its file is another crate's.
fn is_apart(attributes: &[Attribute]) -> bool {
	attributes.iter().any(|attribute| match &attribute.meta {
		Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
		other => other.path().is_ident("path"),
	})
}

/// What an item is called.
fn ident(item: &Item) -> Option<&Ident> {
	match item {
		Item::Const(item) => Some(&item.ident),
		Item::Enum(item) => Some(&item.ident),
		Item::Fn(item) => Some(&item.sig.ident),
		Item::Macro(item) => item.ident.as_ref(),
		Item::Mod(item) => Some(&item.ident),
		Item::Static(item) => Some(&item.ident),
		Item::Struct(item) => Some(&item.ident),
		Item::Trait(item) => Some(&item.ident),
		Item::Type(item) => Some(&item.ident),
		_ => None,
	}
}
