//! An agreement for which there is nothing to do costs a run of the worker nothing, however many there are.

use std::{cell::Cell, rc::Rc};

use syngraph_tests::fleet::Fleet;

/// Counts what the machine of a fleet reads from its disk.
fn count_reads(fleet: &Fleet) -> Rc<Cell<u32>> {
	let reads = Rc::new(Cell::new(0));
	let counted = reads.clone();
	*fleet.machine.sight.borrow_mut() = Some(Box::new(move |_: &[u8], value: Vec<u8>| {
		counted.set(counted.get() + 1);
		Some(value)
	}));
	reads
}

/// How much each of some runs reads.
fn reads_of_runs(fleet: &mut Fleet, reads: &Cell<u32>, runs: u32) -> Vec<u32> {
	let read = (0..runs).map(|_| {
		reads.set(0);
		fleet.run();
		reads.get()
	});
	read.collect()
}

#[test]
fn a_run_with_nothing_new_reads_as_much_for_a_hundred_agreements_as_for_one() {
	let idle = [1, 100].map(|agreements| {
		let mut fleet = Fleet::new(agreements);
		fleet.settle();
		let reads = count_reads(&fleet);
		reads_of_runs(&mut fleet, &reads, 10)
	});
	assert_eq!(idle[0], idle[1]);
}

#[test]
fn a_message_wakes_the_agreement_about_its_sensor_and_no_other() {
	let mut fleet = Fleet::new(100);
	fleet.settle();
	let reads = count_reads(&fleet);
	let idle = reads_of_runs(&mut fleet, &reads, 1)[0];
	fleet.send(70);
	let read = reads_of_runs(&mut fleet, &reads, 1)[0];
	assert!((idle + 1..idle + 30).contains(&read), "{read}, not {idle}");
	assert_eq!(reads_of_runs(&mut fleet, &reads, 3)[2], idle);
}
