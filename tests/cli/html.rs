//! The HTML report in a browser: Debian's chromium, without a window.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{PLANT, assert_exit, respfuzz_in};

/// Tells the page around how wide it is, how far it scrolls sideways, whether it is dark, and which sections it has.
const PROBE: &str = "<script>addEventListener('load', () => parent.postMessage([
    innerWidth, document.documentElement.scrollWidth - document.documentElement.clientWidth, matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light',
    document.documentElement.scrollHeight > 600 ? 'rendered' : 'empty',
    ...[...document.querySelectorAll('main > section')].map(section => section.id)].join(' '), '*'))</script>";

/// A browser's window cannot be as narrow as a phone; a frame can.
const PHONE: u32 = 390;

/// What a browser makes of a page.
struct Seen {
    /// What [`PROBE`] told.
    words: Vec<String>,
    /// What the page, or the browser about the page, wrote to the console.
    console: Vec<String>,
}

impl Seen {
    fn fits(&self) -> bool {
        self.words[0] == PHONE.to_string() && self.words[1] == "0"
    }
}

fn chromium() -> Command {
    Command::new("chromium")
}

/// Whether there is a browser. Where one is asked for, it must be there.
fn can_browse() -> bool {
    let is_there = chromium().arg("--version").output().is_ok_and(|output| output.status.success());
    #[allow(clippy::disallowed_methods, reason = "decides whether the test may be skipped; no run sees it")]
    let required = std::env::var("RESPFUZZ_REQUIRE").unwrap_or_default();
    assert!(is_there || !required.contains("chromium"), "RESPFUZZ_REQUIRE asks for chromium, and it is not installed");
    if !is_there {
        println!("SKIPPED html: chromium is not installed (apt-get install chromium)");
    }
    is_there
}

/// Shows a page on a phone, from a file.
fn browse(dir: &Path, page: &str, is_dark: bool) -> Seen {
    fs::write(dir.join("probed.html"), page.replace("</body>", &format!("{PROBE}</body>"))).unwrap();
    let around = format!(
        "<!DOCTYPE html><title>none</title><script>addEventListener('message', event => document.title = event.data)</script>\
         <iframe src=\"probed.html\" style=\"width: {PHONE}px; height: 844px; border: 0\"></iframe>"
    );
    fs::write(dir.join("phone.html"), around).unwrap();
    let scheme = if is_dark { 0 } else { 1 };
    let output = chromium()
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--virtual-time-budget=5000"])
        .arg(format!("--user-data-dir={}", dir.join("profile").display()))
        .arg(format!("--blink-settings=preferredColorScheme={scheme}"))
        .arg("--dump-dom")
        .arg(format!("file://{}", dir.join("phone.html").display()))
        .output()
        .expect("the browser starts");
    let (dom, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let title = dom.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap_or_default();
    let words: Vec<String> = title.split(' ').map(str::to_owned).collect();
    assert!(words.len() >= 4, "the page did not tell of itself: {title}\n{log}");
    let console = log.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned).collect();
    Seen { words, console }
}

/// A spec whose run has hostile text in it, and something of each section.
const SPEC: &str = "version: 1
faults:
  - {name: process.crash, description: d, category: process, severity: high, iterations: 20}
scenarios:
  - name: told
    description: '</style></title><script>console.error(1)</script>'
    category: lists
    severity: low
    steps: |
      c0> SET s0 \"</pre><script>console.error(2)</script>\\x00\\xff\"
      advance 21s
      c1> RPUSH l0 a
      c1> LTRIM l0 1 0
      c1> EXISTS l0
";

fn report(dir: &Path, plant: &[&str], code: i32) -> String {
    fs::write(dir.join("mine.yaml"), SPEC).unwrap();
    let smoke = ["smoke", "--spec", "mine.yaml", "--bank", "none", "--format", "html", "--output", "r.html"];
    assert_exit(&respfuzz_in(dir, &[&smoke[..], plant].concat()), code, &[]);
    fs::read_to_string(dir.join("r.html")).unwrap()
}

#[test]
fn the_page_is_one_file_in_which_text_stays_text() {
    let dir = tempfile::tempdir().unwrap();
    let page = report(dir.path(), &["--plant", PLANT], 1);
    assert!(page.contains("&lt;/pre&gt;&lt;script&gt;"), "the hostile text is not there");
    for reference in ["<script", " src=", "@import", "url(", "<link", "http://", "https://", "onerror=\""] {
        assert!(!page.contains(reference), "`{reference}` is in the page");
    }
    assert!(page.split("href=\"").skip(1).all(|rest| rest.starts_with('#')), "links lead out of the page");
}

#[test]
fn a_browser_shows_a_green_and_a_red_run_on_a_phone_and_in_the_dark() {
    if !can_browse() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let green = (report(dir.path(), &[], 0), &["commands", "faults", "results"][..]);
    let red = report(dir.path(), &["--plant", PLANT], 1);
    let red = (red, &["divergences", "timeline", "commands", "faults", "results"][..]);
    for (page, sections) in [green, red] {
        for (is_dark, scheme) in [(false, "light"), (true, "dark")] {
            let seen = browse(dir.path(), &page, is_dark);
            assert!(seen.fits(), "wider than a phone: {:?}", seen.words);
            assert_eq!(seen.words[2..4], [scheme, "rendered"]);
            assert_eq!(seen.words[4..], *sections);
            assert_eq!(seen.console, [""; 0]);
        }
    }
}

#[test]
fn the_browser_sees_a_page_that_is_too_wide_or_complains() {
    if !can_browse() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let page =
        "<!DOCTYPE html><body><p style=\"width: 1000px\">wide</p><script>console.error('broken')</script></body>";
    let seen = browse(dir.path(), page, false);
    assert!(!seen.fits(), "{:?}", seen.words);
    assert!(seen.console.iter().any(|line| line.contains("broken")), "{:?}", seen.console);
}
