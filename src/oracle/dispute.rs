//! Who disagrees with whom, where several subjects were asked the same.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One of the subjects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// What it is called.
    pub name: String,
    /// What it answered; `None` if that was what its model predicts.
    pub otherwise: Option<String>,
}

/// What each of several subjects said to the same command. Each is held against a model of its own: random replies may
/// differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute(pub Vec<Party>);

impl Dispute {
    /// The first that disagrees with its model.
    pub fn dissenter(&self) -> Option<&str> {
        self.0.iter().find(|party| party.otherwise.is_some()).map(|party| party.name.as_str())
    }

    /// Whether all gave the same answer, and the model another one.
    pub fn is_unanimous(&self) -> bool {
        let answers = self.answers();
        answers.len() == self.0.len() && all_same(&answers)
    }

    fn answers(&self) -> Vec<&str> {
        self.0.iter().filter_map(|party| party.otherwise.as_deref()).collect()
    }

    fn names(&self, dissents: bool) -> Vec<&str> {
        let fitting = self.0.iter().filter(|party| party.otherwise.is_some() == dissents);
        fitting.map(|party| party.name.as_str()).collect()
    }
}

fn all_same(answers: &[&str]) -> bool {
    answers.windows(2).all(|pair| pair[0] == pair[1])
}

/// `a`, `a and b`, `a, b and c`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [name] => (*name).to_owned(),
        [names @ .., last] => format!("{} and {last}", names.join(", ")),
    }
}

impl fmt::Display for Dispute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (others, conform) = (self.names(true), listed(&self.names(false)));
        let same = all_same(&self.answers());
        match (others.as_slice(), conform.as_str()) {
            ([], _) => f.write_str("each agrees with its model, and not with the others"),
            (_, "") if same => f.write_str("all agree with one another, not with the model"),
            (_, "") => f.write_str("all disagree with the model and with one another"),
            ([one], conform) => write!(f, "{one} disagrees with the model and with {conform}"),
            (several, conform) if same => {
                write!(f, "{} agree with one another, not with the model and {conform}", listed(several))
            }
            (several, conform) => {
                write!(f, "{} disagree with the model, with {conform} and with one another", listed(several))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dispute(answers: &[Option<&str>]) -> Dispute {
        let party = |(i, answer): (usize, &Option<&str>)| Party {
            name: ["a", "b", "c"][i].to_owned(),
            otherwise: answer.map(str::to_owned),
        };
        Dispute(answers.iter().enumerate().map(party).collect())
    }

    #[test]
    fn it_names_who_disagrees_with_whom() {
        for (answers, said) in [
            (&[Some("1"), None, None][..], "a disagrees with the model and with b and c"),
            (&[Some("1"), None, Some("1")], "a and c agree with one another, not with the model and b"),
            (&[Some("1"), None, Some("2")], "a and c disagree with the model, with b and with one another"),
            (&[Some("1"), Some("1")], "all agree with one another, not with the model"),
            (&[Some("1"), Some("2")], "all disagree with the model and with one another"),
            (&[None, None], "each agrees with its model, and not with the others"),
        ] {
            assert_eq!(dispute(answers).to_string(), said);
        }
        assert_eq!(dispute(&[None, Some("1")]).dissenter(), Some("b"));
        assert!(dispute(&[Some("1"), Some("1")]).is_unanimous() && !dispute(&[Some("1"), None]).is_unanimous());
    }
}
