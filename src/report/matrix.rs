//! The matrix on a terminal: as wide as it is, in words that say everything that the colours say. Pure.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::width::{padded, width, wrapped};
use crate::tokens::matrix::{Cell, Matrix, Row};

const GREEN: Style = AnsiColor::Green.on_default();
const RED: Style = AnsiColor::Red.on_default().bold();
const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();

/// Who is described needs so much room beside the columns; with less, each row is a list.
const NARROWEST: usize = 28;
/// Nobody reads longer lines with pleasure.
const WIDEST: usize = 56;

/// What is: every row.
#[must_use]
pub fn what_is(matrix: &Matrix, most: usize) -> String {
    if matrix.columns.is_empty() {
        return String::new();
    }
    let lines: Vec<_> = numbered(matrix).collect();
    if matrix.partial {
        let why = "There are too many kinds of subjects to tell apart: only promises are shown.";
        let table = if lines.is_empty() {
            String::new()
        } else {
            shown("Who gets what", matrix, &lines, most)
        };
        return table + &sentence(why, most);
    }
    if lines.is_empty() {
        return "Nobody gets any of the scopes.\n".to_owned();
    }
    let (last, nobody) = ("Everybody else has none of these.\n", "Nobody has ");
    let unused: Vec<_> = unused(matrix);
    let unused = match unused.as_slice() {
        [] => String::new(),
        names => sentence(&format!("{nobody}{}.", names.join(", ")), most),
    };
    format!("{}{last}{unused}", shown("Who gets what", matrix, &lines, most))
}

/// What changes: losses first, and what stays as it is in a line.
#[must_use]
pub fn what_changes(matrix: &Matrix, most: usize) -> String {
    let (changed, same): (Vec<_>, Vec<_>) =
        numbered(matrix).partition(|line| line.cells.iter().any(|cell| cell.is_change()));
    if changed.is_empty() {
        return String::new();
    }
    let mut text = losses(matrix, most);
    text += &shown("Who gains and loses what", matrix, &changed, most);
    match same.len() {
        0 => {}
        1 => text.push_str("1 other kind of subject keeps what it has.\n"),
        many => text += &format!("{many} other kinds of subjects keep what they have.\n"),
    }
    text
}

/// One line for those who read one line.
fn losses(matrix: &Matrix, most: usize) -> String {
    let lost = lost(matrix);
    if lost.is_empty() {
        return String::new();
    }
    let rows = matrix.cells.iter().filter(|cells| cells.contains(&Cell::Loses)).count();
    let who = if rows == 1 { "1 kind of subject LOSES" } else { "kinds of subjects LOSE" };
    let who = if rows == 1 { who.to_owned() } else { format!("{rows} {who}") };
    let lines = wrapped(&format!("{who} {}", lost.join(", ")), most);
    lines.into_iter().map(|line| format!("{RED}{line}{RED:#}\n")).collect()
}

/// The scopes that anybody loses.
#[must_use]
pub fn lost(matrix: &Matrix) -> Vec<&str> {
    let loses = |place: &usize| matrix.cells.iter().any(|cells| cells[*place] == Cell::Loses);
    (0..matrix.columns.len()).filter(loses).map(|place| matrix.columns[place].as_str()).collect()
}

/// The scopes that nobody has.
fn unused(matrix: &Matrix) -> Vec<&str> {
    let nobody = |place: &usize| !matrix.cells.iter().any(|cells| cells[*place] == Cell::Has);
    (0..matrix.columns.len()).filter(nobody).map(|place| matrix.columns[place].as_str()).collect()
}

/// A row with the number by which it is asked about.
struct Line<'m> {
    number: usize,
    row: &'m Row,
    cells: &'m [Cell],
}

fn numbered(matrix: &Matrix) -> impl Iterator<Item = Line<'_>> {
    matrix.lines().enumerate().map(|(place, (row, cells))| Line { number: place + 1, row, cells })
}

/// A column that is shown.
struct Column<'m> {
    place: usize,
    server: &'m str,
    scope: &'m str,
    width: usize,
}

fn shown(title: &str, matrix: &Matrix, lines: &[Line], most: usize) -> String {
    let columns: Vec<_> = columns(matrix, lines).collect();
    let taken: usize = columns.iter().map(|column| column.width + 2).sum();
    let number = lines.iter().map(|line| line.number.to_string().len()).max().unwrap_or(1);
    match most.checked_sub(taken + number + 4) {
        Some(room) if room >= NARROWEST => table(title, &columns, lines, number, room.min(WIDEST)),
        _ => list(title, matrix, lines, number, most),
    }
}

/// The columns in which one of the lines has anything, as wide as their widest word.
fn columns<'m>(matrix: &'m Matrix, lines: &[Line]) -> impl Iterator<Item = Column<'m>> {
    matrix.columns.iter().enumerate().filter_map(|(place, name)| {
        let cells = lines.iter().map(|line| line.cells[place]);
        let widest = cells.map(|cell| width(word(cell))).max().filter(|widest| *widest > 1)?;
        let (server, scope) = name.rsplit_once('/').unwrap_or(("", name));
        Some(Column { place, server, scope, width: widest.max(width(scope)) })
    })
}

fn table(title: &str, columns: &[Column], lines: &[Line], number: usize, room: usize) -> String {
    let who = |line: &Line| {
        let mut parts = wrapped(&line.row.subject, room);
        let promise = line.row.promises.iter().flat_map(|name| wrapped(&quoted(name), room - 2));
        parts.extend(promise.map(|part| format!("  {part}")));
        parts
    };
    let all: Vec<_> = lines.iter().map(who).collect();
    let widest = all.iter().flatten().map(|part| width(part)).max().unwrap_or(0);
    let widest = widest.max(width(title)) + number + 2;
    let mut text = String::new();
    let (servers, scopes) = heads(columns);
    if !servers.trim().is_empty() {
        let _ = writeln!(text, "{}  {}", " ".repeat(widest), servers.trim_end());
    }
    let _ = writeln!(text, "{BOLD}{}{BOLD:#}  {}", padded(title, widest), scopes.trim_end());
    for (line, parts) in lines.iter().zip(all) {
        for (place, part) in parts.iter().enumerate() {
            let number = match place {
                0 => format!("{:>number$}", line.number),
                _ => " ".repeat(number),
            };
            let part = padded(part, widest - number.len() - 2);
            let cells = if place == 0 { cells(columns, line) } else { String::new() };
            let _ = writeln!(text, "{}", format!("{number}  {part}  {cells}").trim_end());
        }
    }
    text
}

/// The resource servers above their scopes, each once.
fn heads(columns: &[Column]) -> (String, String) {
    let (mut servers, mut scopes) = (String::new(), String::new());
    for (place, column) in columns.iter().enumerate() {
        let new = place == 0 || columns[place - 1].server != column.server;
        if new && width(&servers) <= width(&scopes) {
            servers = padded(&servers, width(&scopes)) + column.server + " ";
        }
        scopes += &padded(column.scope, column.width + 2);
    }
    (servers, scopes)
}

fn cells(columns: &[Column], line: &Line) -> String {
    let cell = |column: &Column| {
        let cell = line.cells[column.place];
        let style = style(cell);
        format!(
            "{style}{}{style:#}{}",
            word(cell),
            " ".repeat(column.width + 2 - width(word(cell)))
        )
    };
    columns.iter().map(cell).collect()
}

fn list(title: &str, matrix: &Matrix, lines: &[Line], number: usize, most: usize) -> String {
    let mut text = format!("{BOLD}{title}{BOLD:#}\n");
    let margin = " ".repeat(number + 2);
    for line in lines {
        let promise = line.row.promises.iter().map(|name| quoted(name));
        let who = std::iter::once(line.row.subject.clone()).chain(promise).collect::<Vec<_>>();
        let parts = wrapped(&who.join("  "), most.saturating_sub(number + 2));
        for (place, part) in parts.iter().enumerate() {
            let number =
                if place == 0 { format!("{:>number$}  ", line.number) } else { margin.clone() };
            let _ = writeln!(text, "{number}{part}");
        }
        // What is lost is read first here, too.
        for kind in [Cell::Loses, Cell::Gains, Cell::Has, Cell::Refused] {
            let style = style(kind);
            let names = line.cells.iter().zip(&matrix.columns).filter(|(cell, _)| **cell == kind);
            for (_, name) in names {
                let _ = writeln!(text, "{margin}  {style}{:<7}{style:#}  {name}", word(kind));
            }
        }
    }
    text
}

fn quoted(promise: &str) -> String {
    format!("\"{promise}\"")
}

fn sentence(text: &str, most: usize) -> String {
    wrapped(text, most).into_iter().map(|line| line + "\n").collect()
}

/// Losses are in capitals: they are to be seen without colours, too.
fn word(cell: Cell) -> &'static str {
    match cell {
        Cell::Loses => "LOSES",
        Cell::None => "-",
        other => other.word(),
    }
}

fn style(cell: Cell) -> Style {
    match cell {
        Cell::Gains => GREEN,
        Cell::Loses => RED,
        Cell::None => DIM,
        Cell::Has | Cell::Refused => Style::new(),
    }
}
