//! What prefixes mean at one place of a document: a stack, in which look-ups take the same time however deep it is.

use std::collections::HashMap;

/// Bindings of prefixes, innermost last.
pub(super) struct Scope<'a, V> {
    entries: Vec<Binding<'a, V>>,
    /// The innermost of the entries from [`FEW`] on, by prefix.
    beyond: HashMap<&'a str, usize>,
}

struct Binding<'a, V> {
    prefix: &'a str,
    value: V,
    /// The entry from [`FEW`] on that this one hides.
    hidden: Option<usize>,
}

/// Up to so many entries are looked through one by one: real documents seldom have more in scope.
const FEW: usize = 16;

impl<'a, V: Copy> Scope<'a, V> {
    pub(super) fn new() -> Self {
        Self { entries: Vec::with_capacity(FEW), beyond: HashMap::new() }
    }

    /// How many bindings there are, hidden ones among them: a mark for [`truncate`](Self::truncate).
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn push(&mut self, prefix: &'a str, value: V) {
        let at = self.entries.len();
        let hidden = if at < FEW { None } else { self.beyond.insert(prefix, at) };
        self.entries.push(Binding { prefix, value, hidden });
    }

    /// Drops what was pushed since there were so many.
    pub(super) fn truncate(&mut self, mark: usize) {
        while self.entries.len() > mark.max(FEW) {
            let Some(Binding { prefix, hidden, .. }) = self.entries.pop() else { break };
            match hidden {
                Some(hidden) => self.beyond.insert(prefix, hidden),
                None => self.beyond.remove(prefix),
            };
        }
        self.entries.truncate(mark);
    }

    /// What the prefix means.
    pub(super) fn get(&self, prefix: &str) -> Option<V> {
        self.find(prefix).map(|(_, value)| value)
    }

    /// Whether the prefix was bound since there were so many.
    pub(super) fn is_bound_since(&self, mark: usize, prefix: &str) -> bool {
        self.find(prefix).is_some_and(|(at, _)| at >= mark)
    }

    fn find(&self, prefix: &str) -> Option<(usize, V)> {
        let beyond = if self.entries.len() > FEW { self.beyond.get(prefix) } else { None };
        let few = || self.entries.iter().take(FEW).rposition(|binding| binding.prefix == prefix);
        let at = beyond.copied().or_else(few)?;
        self.entries.get(at).map(|binding| (at, binding.value))
    }
}

#[cfg(test)]
mod tests {
    use super::Scope;

    /// Against a list that is searched from its end.
    #[test]
    fn a_scope_is_a_stack() {
        let prefixes: Vec<String> = (0..40).map(|n| format!("p{n}")).collect();
        let (mut scope, mut list) = (Scope::new(), Vec::new());
        let mut state = 1_u64;
        for step in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let random = usize::try_from(state >> 33).unwrap();
            if random % 9 == 0 {
                let mark = list.len() - (random / 9) % (list.len() / 2 + 1);
                scope.truncate(mark);
                list.truncate(mark);
            } else {
                let prefix = &*prefixes[random % 40];
                scope.push(prefix, step);
                list.push((prefix, step));
            }
            assert_eq!(scope.len(), list.len());
            let asked = &*prefixes[(random / 7) % 40];
            let found = list.iter().rposition(|(prefix, _)| *prefix == asked);
            assert_eq!(scope.get(asked), found.map(|at| list[at].1));
            let mark = (random / 3) % (list.len() + 1);
            assert_eq!(scope.is_bound_since(mark, asked), found.is_some_and(|at| at >= mark));
        }
    }
}
