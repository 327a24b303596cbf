//! COMMAND: the table of commands, told to clients.

use super::{Command, CommandSpec, Context, Outcome, Run, args, find, help, key_flags, table};
use crate::glob;
use crate::reply::{Error, Reply};

const NONE: (i64, i64, i64) = (0, 0, 0);
const FLAGS: &str = "loading stale";

pub(super) const COMMANDS: &[Command] = &[Command::new("command", -1, FLAGS, NONE, Run::Container(COMMAND))];

const COMMAND: &[Command] = &[
    Command::new("command", -1, FLAGS, NONE, Run::Now(all)),
    Command::new("command|count", 2, FLAGS, NONE, Run::Now(count)),
    Command::new("command|docs", -2, FLAGS, NONE, Run::Now(docs)),
    Command::new("command|getkeys", -4, FLAGS, NONE, Run::Now(getkeys)),
    Command::new("command|getkeysandflags", -4, FLAGS, NONE, Run::Now(getkeysandflags)),
    Command::new("command|help", 2, FLAGS, NONE, Run::Now(command_help)),
    Command::new("command|info", -2, FLAGS, NONE, Run::Now(info)),
    Command::new("command|list", -2, FLAGS, NONE, Run::Now(list)),
];

/// The command or `container|subcommand` of that name.
fn find_full(name: &[u8]) -> Option<&'static Command> {
    match name.iter().position(|byte| *byte == b'|') {
        None => find(name),
        Some(bar) => find(&name[..bar])?.subcommand(&name[bar + 1..]),
    }
}

fn statuses(words: impl IntoIterator<Item = String>) -> Reply {
    Reply::Set(words.into_iter().map(|word| Reply::Status(word.into_bytes().into())).collect())
}

/// The categories that follow from the flags.
fn categories(spec: &CommandSpec) -> Vec<&'static str> {
    let has = |flag: &str| spec.flags.split(' ').any(|word| word == flag);
    let of_flag = [
        ("write", "@write"),
        ("readonly", "@read"),
        ("admin", "@admin"),
        ("pubsub", "@pubsub"),
        ("fast", "@fast"),
        ("blocking", "@blocking"),
        ("admin", "@dangerous"),
    ];
    let mut categories: Vec<_> = of_flag.into_iter().filter(|(flag, _)| has(flag)).map(|(_, name)| name).collect();
    if !has("fast") {
        categories.push("@slow");
    }
    categories
}

fn key_specs(spec: &CommandSpec) -> Reply {
    if spec.first_key == 0 {
        return Reply::Set(Vec::new());
    }
    let text = |text: &'static str| Reply::bulk(text);
    let typed = |kind, spec| Reply::Map(vec![(text("type"), text(kind)), (text("spec"), Reply::Map(spec))]);
    let last = if spec.last_key < 0 { spec.last_key } else { spec.last_key - spec.first_key };
    let range = vec![
        (text("lastkey"), Reply::Int(last)),
        (text("keystep"), Reply::Int(spec.step)),
        (text("limit"), Reply::Int(0)),
    ];
    let access = if spec.flags.split(' ').any(|flag| flag == "write") { "RW" } else { "RO" };
    Reply::Set(vec![Reply::Map(vec![
        (text("flags"), statuses([access.into()])),
        (text("begin_search"), typed("index", vec![(text("index"), Reply::Int(spec.first_key))])),
        (text("find_keys"), typed("range", range)),
    ])])
}

fn describe(command: &Command) -> Reply {
    let spec = &command.spec;
    let flags = spec.flags.split(' ').filter(|flag| !flag.is_empty());
    Reply::Array(vec![
        Reply::bulk(spec.name),
        Reply::Int(spec.arity),
        statuses(flags.map(Into::into)),
        Reply::Int(spec.first_key),
        Reply::Int(spec.last_key),
        Reply::Int(spec.step),
        statuses(categories(spec).into_iter().map(Into::into)),
        Reply::Set(Vec::new()),
        key_specs(spec),
        Reply::Set(command.subcommands().map(describe).collect()),
    ])
}

fn all(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    Ok(Reply::Array(table().values().map(|command| describe(command)).collect()))
}

fn info(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    if argv.len() == 2 {
        return all(cx, argv);
    }
    let one = |name: &Vec<u8>| find_full(name).map_or(Reply::NullArray, describe);
    Ok(Reply::Array(argv[2..].iter().map(one).collect()))
}

fn count(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    Ok(Reply::count(table().len()))
}

/// The documentation is little more than the name.
fn docs(_: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let commands: Vec<&Command> = match &argv[2..] {
        [] => table().values().copied().collect(),
        names => names.iter().filter_map(|name| find_full(name)).collect(),
    };
    let doc = |command: &Command| Reply::Map(vec![(Reply::bulk("summary"), Reply::bulk(command.spec.name))]);
    Ok(Reply::Map(commands.into_iter().map(|command| (Reply::bulk(command.spec.name), doc(command))).collect()))
}

fn list(_: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    type Filter<'a> = Box<dyn Fn(&CommandSpec) -> bool + 'a>;
    let admits: Filter<'_> = match &argv[2..] {
        [] => Box::new(|_| true),
        [word, kind, name] if args::is(word, "FILTERBY") => match kind {
            kind if args::is(kind, "MODULE") => Box::new(|_| false),
            kind if args::is(kind, "ACLCAT") => Box::new(move |spec| {
                categories(spec).iter().any(|category| name.eq_ignore_ascii_case(&category.as_bytes()[1..]))
            }),
            kind if args::is(kind, "PATTERN") => {
                let pattern = name.to_ascii_lowercase();
                Box::new(move |spec| glob::matches(&pattern, spec.name.as_bytes()))
            }
            _ => return Err(Error::SYNTAX),
        },
        _ => return Err(Error::SYNTAX),
    };
    let commands = table().values().flat_map(|command| std::iter::once(*command).chain(command.subcommands()));
    Ok(Reply::bulks(commands.filter(|command| admits(&command.spec)).map(|command| command.spec.name)))
}

fn getkeys(_: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (_, keys) = keys(&argv[2..])?;
    Ok(Reply::bulks(keys.into_iter().map(Vec::as_slice)))
}

fn getkeysandflags(_: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let argv = &argv[2..];
    let (command, keys) = keys(argv)?;
    let flags = |at| statuses(key_flags::of(command.spec.name, argv, at).split(' ').map(Into::into));
    let rows = keys.into_iter().enumerate().map(|(at, key)| (Reply::bulk(key.as_slice()), flags(at)));
    Ok(Reply::pairs(rows, true))
}

/// The command that the words are, and the keys among them.
fn keys(argv: &[Vec<u8>]) -> Result<(&'static Command, Vec<&Vec<u8>>), Error> {
    let found = find(&argv[0]).and_then(|command| match command.run {
        Run::Container(_) => command.subcommand(argv.get(1)?),
        _ => Some(command),
    });
    let command = found.ok_or(Error::new("ERR Invalid command specified"))?;
    let spec = &command.spec;
    // Shard channels are no keys, though they have positions.
    let is_movable = spec.flags.contains("movablekeys");
    if spec.first_key == 0 && !is_movable || spec.flags.contains("pubsub") {
        return Err(Error::new("ERR The command has no key arguments"));
    }
    if !command.takes(argv.len()) {
        return Err(Error::new("ERR Invalid number of arguments specified for command"));
    }
    let keys = if is_movable { movable_keys(spec, argv) } else { Some(keys_in_range(spec, argv)) };
    keys.map(|keys| (command, keys)).ok_or(Error::new("ERR Invalid arguments specified for command"))
}

fn keys_in_range<'a>(spec: &CommandSpec, argv: &'a [Vec<u8>]) -> Vec<&'a Vec<u8>> {
    if spec.first_key == 0 {
        return Vec::new();
    }
    let last = if spec.last_key < 0 { argv.len() as i64 + spec.last_key } else { spec.last_key };
    let positions = (spec.first_key..=last).step_by(spec.step.max(1) as usize);
    positions.filter_map(|at| argv.get(usize::try_from(at).ok()?)).collect()
}

/// The keys of commands that say in their arguments where these are.
fn movable_keys<'a>(spec: &CommandSpec, argv: &'a [Vec<u8>]) -> Option<Vec<&'a Vec<u8>>> {
    let mut keys = keys_in_range(spec, argv);
    match spec.name {
        "sort" | "sort_ro" => {
            let mut stores = argv.windows(2).skip(2).filter(|pair| args::is(&pair[0], "STORE"));
            keys.extend(stores.next_back().map(|pair| &pair[1]));
            Some(keys)
        }
        "xread" | "xreadgroup" => {
            let options_at = if spec.name == "xread" { 1 } else { 4 };
            let rest = after(argv, options_at, "STREAMS")?;
            (rest.len() > 1).then(|| rest[..rest.len() / 2].iter().collect())
        }
        "georadius" | "georadiusbymember" => {
            let options_at = if spec.name == "georadius" { 6 } else { 5 };
            let targets = ["STORE", "STOREDIST"].map(|option| after(argv, options_at, option));
            keys.extend(targets.into_iter().flatten().filter_map(<[_]>::first));
            Some(keys)
        }
        name => {
            let numkeys_at = match name {
                "blmpop" | "bzmpop" | "eval" | "eval_ro" | "evalsha" | "evalsha_ro" | "fcall" | "fcall_ro" => 2,
                "zunionstore" | "zinterstore" | "zdiffstore" => 2,
                _ => 1,
            };
            let count = leading_number(argv.get(numkeys_at)?);
            if count == 0 && !name.starts_with("eval") && !name.starts_with("fcall") {
                return None;
            }
            let start = numkeys_at + 1;
            keys.extend(argv.get(start..start.checked_add(count)?)?);
            Some(keys)
        }
    }
}

/// The words behind an option that stands at this position or later.
fn after<'a>(argv: &'a [Vec<u8>], options_at: usize, option: &str) -> Option<&'a [Vec<u8>]> {
    let options = argv.get(options_at..)?;
    let at = options.iter().position(|word| args::is(word, option))?;
    options.get(at + 1..)
}

/// The number at the start of a word, as C's `atoi` reads it; what isn't positive counts as 0.
fn leading_number(word: &[u8]) -> usize {
    let blanks = word.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let digits = word[blanks..].strip_prefix(b"+").unwrap_or(&word[blanks..]);
    let len = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&digits[..len]).ok().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

fn command_help(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    help(
        "COMMAND",
        "(no subcommand)
    Return details about all Redis commands.
COUNT
    Return the total number of commands in this Redis server.
LIST
    Return a list of all commands in this Redis server.
INFO [<command-name> ...]
    Return details about multiple Redis commands.
    If no command names are given, documentation details for all
    commands are returned.
DOCS [<command-name> ...]
    Return documentation details about multiple Redis commands.
    If no command names are given, documentation details for all
    commands are returned.
GETKEYS <full-command>
    Return the keys from a full Redis command.
GETKEYSANDFLAGS <full-command>
    Return the keys and the access flags from a full Redis command.",
    )
}

#[cfg(test)]
mod tests {
    use crate::reply::Reply;
    use crate::testing::Rig;

    #[test]
    fn keys_are_found_wherever_they_are() {
        let mut rig = Rig::new();
        for (command, keys) in [
            ("MSET a 1 b 2", &["a", "b"][..]),
            ("ZUNIONSTORE d 2 a b", &["d", "a", "b"]),
            ("LMPOP 2 a b LEFT", &["a", "b"]),
            ("SORT a BY x STORE b", &["a", "b"]),
            ("BLPOP a b 0", &["a", "b"]),
            ("OBJECT ENCODING a", &["a"]),
        ] {
            assert_eq!(rig.run(&format!("COMMAND GETKEYS {command}")), Reply::bulks(keys.iter().copied()), "{command}");
        }
        assert!(matches!(rig.run("COMMAND GETKEYS ZUNIONSTORE d 3 a b"), Reply::Error(_)));
    }
}
