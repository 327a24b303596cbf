//! `respfuzz completions` and `respfuzz man`: what packages install besides the command.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, CliError, Verdict};

#[derive(Args)]
#[command(after_help = "Examples:
  respfuzz completions bash > ~/.local/share/bash-completion/completions/respfuzz
  respfuzz completions zsh > ~/.zfunc/_respfuzz")]
pub(super) struct CompletionsArgs {
    /// Whose
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Args)]
#[command(after_help = "Examples:
  respfuzz man | man -l -
  respfuzz man --output-dir /usr/local/share/man/man1")]
pub(super) struct ManArgs {
    /// Write respfuzz.1, and respfuzz-COMMAND.1 for each command, to this directory
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
}

pub(super) fn completions(args: &CompletionsArgs) -> Result<Verdict, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "respfuzz", &mut script);
    print(&script)
}

pub(super) fn man(args: &ManArgs) -> Result<Verdict, CliError> {
    if let Some(dir) = &args.output_dir {
        let written = clap_mangen::generate_to(Cli::command(), dir);
        return written
            .map(|()| Verdict::Held)
            .map_err(|error| CliError::CannotRun(format!("{}: {error}", dir.display())));
    }
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(Cli::command()).render(&mut page);
    rendered.map_err(|error| CliError::CannotRun(format!("the manual page: {error}")))?;
    print(&page)
}

fn print(text: &[u8]) -> Result<Verdict, CliError> {
    let written = std::io::stdout().write_all(text);
    written.map(|()| Verdict::Held).map_err(|error| CliError::CannotRun(format!("standard output: {error}")))
}
