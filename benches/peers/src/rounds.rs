//! Medians of interleaved rounds, in CPU time of the thread. In each round every contestant runs one batch, in an order that
//! changes from round to round; the ratio is taken within a round, so that what slows the machine slows both sides.

use crate::counting::allocations;

pub struct Contestant<'a> {
    pub name: &'a str,
    pub work: Box<dyn Fn() + 'a>,
}

pub struct Row<'a> {
    pub name: &'a str,
    /// Nanoseconds of one run, median of the rounds.
    pub median: f64,
    /// Of the first contestant's time in the same round, median of the rounds.
    pub ratio: f64,
    pub allocations: usize,
}

impl<'a> Contestant<'a> {
    pub fn new(name: &'a str, work: impl Fn() + 'a) -> Self {
        Self { name, work: Box::new(work) }
    }
}

/// Rounds of about `milliseconds` per contestant and round. The first contestant is the floor.
pub fn measure<'a>(contestants: &[Contestant<'a>], rounds: usize, milliseconds: f64) -> Vec<Row<'a>> {
    let batch: Vec<u32> = contestants.iter().map(|one| batch(&one.work, milliseconds)).collect();
    let mut times = vec![Vec::with_capacity(rounds); contestants.len()];
    for round in 0..rounds {
        for place in 0..contestants.len() {
            let index = (place + round) % contestants.len();
            times[index].push(timed(&contestants[index].work, batch[index]));
        }
    }
    let ratios = |of: &[f64]| median(of.iter().zip(&times[0]).map(|(own, floor)| own / floor).collect());
    let rows = contestants.iter().zip(&times);
    rows.map(|(one, own)| Row {
        name: one.name,
        median: median(own.clone()),
        ratio: ratios(own),
        allocations: allocations(&one.work),
    })
    .collect()
}

/// Prints the rows as a table.
pub fn print(title: &str, rows: &[Row<'_>]) {
    println!("\n| {title} | us | x of {} | allocations |\n|---|---:|---:|---:|", rows[0].name);
    for row in rows {
        println!("| {} | {:.1} | {:.2} | {} |", row.name, row.median / 1e3, row.ratio, row.allocations);
    }
}

/// What the machine did besides, from the kernel.
pub fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

fn batch(work: &dyn Fn(), milliseconds: f64) -> u32 {
    work();
    let one = (0..5).map(|_| timed(work, 1)).fold(f64::MAX, f64::min);
    (milliseconds * 1e6 / one).clamp(1.0, 1e6) as u32
}

fn timed(work: &dyn Fn(), times: u32) -> f64 {
    let start = cpu_time();
    for _ in 0..times {
        work();
    }
    (cpu_time() - start) / f64::from(times)
}

/// Nanoseconds that this thread ran: what others do on the machine does not count.
pub fn cpu_time() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    let outcome = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(outcome, 0, "no clock of CPU time");
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
