//! Queues for nodes, good and bad.

use super::*;

/// A node that stores messages in sequence, as a real one does.
#[derive(Default)]
struct Node {
	heads: BTreeMap<SensorId, Sequence>,
	stored: Vec<(SensorId, Sequence)>,
	/// Refuses everything of this sensor.
	refuses: Option<SensorId>,
}

impl Node {
	/// Hands a batch over.
	fn submit(&mut self, queue: &mut Queue) -> Handover {
		let batch = queue.batch(|_| usize::MAX);
		let answers: Vec<_> = batch.iter().map(|entry| self.receive(entry)).collect();
		queue.take(&batch, &answers)
	}

	fn receive(&mut self, entry: &Entry) -> Answer {
		let head = self.heads.entry(entry.sensor).or_default();
		let status = match entry.sequence.cmp(head) {
			_ if self.refuses == Some(entry.sensor) => Status::Refused,
			std::cmp::Ordering::Less => Status::Duplicate,
			std::cmp::Ordering::Greater => Status::Gap,
			std::cmp::Ordering::Equal => {
				*head += 1;
				self.stored.push((entry.sensor, entry.sequence));
				Status::Accepted
			},
		};
		Answer {
			status,
			reason: None,
			expected: Some(*head),
		}
	}
}

fn queue(entries: impl IntoIterator<Item = (SensorId, Sequence)>) -> Queue {
	let mut queue = Queue::default();
	for (sensor, sequence) in entries {
		queue.push(entry(sensor, sequence));
	}
	queue
}

fn entry(sensor: SensorId, sequence: Sequence) -> Arc<Entry> {
	Arc::new(Entry {
		sensor,
		sequence,
		bytes: Bytes(vec![]),
	})
}

/// The numbers of the messages that wait.
fn waiting(queue: &Queue) -> Vec<Sequence> {
	queue.waiting.iter().map(|entry| entry.sequence).collect()
}

#[test]
fn messages_arrive_in_the_order_in_which_they_were_made() {
	let made: Vec<_> = (0..100).flat_map(|i| [(1, i), (2, i)]).collect();
	let (mut queue, mut node) = (queue(made.clone()), Node::default());
	while queue.len() > 0 {
		assert!(node.submit(&mut queue).advanced);
	}
	assert_eq!(node.stored, made);
}

#[test]
fn a_refused_sensor_does_not_hold_up_the_others() {
	let mut queue = queue([(1, 0), (2, 0), (1, 1), (2, 1)]);
	let mut node = Node {
		refuses: Some(1),
		..Default::default()
	};
	let handover = node.submit(&mut queue);
	assert_eq!(handover.accepted, BTreeSet::from([2]));
	assert_eq!(handover.refused[&1].sequence, 0);
	node.refuses = None;
	node.submit(&mut queue);
	assert_eq!(queue.len(), 0);
	assert_eq!(node.stored, [(2, 0), (2, 1), (1, 0), (1, 1)]);
}

#[test]
fn what_a_crashed_node_lost_is_sent_again() {
	let mut queue = queue((0..10).map(|i| (1, i)));
	let mut node = Node::default();
	node.submit(&mut queue);
	node.heads.insert(1, 6);
	queue.resume(1, 6).unwrap();
	assert_eq!(queue.len(), 4);
	node.submit(&mut queue);
	assert_eq!(node.heads[&1], 10);
}

#[test]
fn a_gap_is_filled_from_what_was_kept() {
	let mut queue = queue((0..10).map(|i| (1, i)));
	let mut node = Node::default();
	node.submit(&mut queue);
	node.heads.insert(1, 3);
	queue.push(entry(1, 10));
	node.submit(&mut queue);
	assert_eq!(queue.len(), 8);
	node.submit(&mut queue);
	assert_eq!((queue.len(), node.heads[&1]), (0, 11));
}

#[test]
fn messages_that_the_node_has_are_not_sent_again() {
	let mut queue = queue((0..10).map(|i| (1, i)));
	queue.resume(1, 8).unwrap();
	assert_eq!(queue.len(), 2);
}

#[test]
fn messages_that_are_no_longer_kept_leave_a_hole() {
	let mut queue = queue([(1, 5)]);
	assert_eq!(queue.resume(1, 3), Err(Hole(3)));
}

#[test]
fn memory_is_bounded() {
	let (mut queue, mut node) = (Queue::default(), Node::default());
	for i in 0..2_000 {
		queue.push(entry(1, i));
		node.submit(&mut queue);
	}
	assert_eq!(queue.kept[&1].len(), KEPT);
}

#[test]
fn a_node_that_is_too_far_behind_loses_the_oldest() {
	let last = CAPACITY as Sequence + 10;
	let mut queue = queue((0..last).map(|i| (1, i)));
	assert_eq!((queue.len(), queue.lost()), (CAPACITY, 10));
	assert_eq!(queue.resume(1, 0), Err(Hole(0)));
	// Its peers give it the others.
	assert_eq!(queue.resume(1, 20), Ok(()));
	assert_eq!(waiting(&queue), (20..last).collect::<Vec<_>>());
}

#[test]
fn what_arrives_while_it_is_dropped_is_not_lost() {
	let mut queue = queue((0..CAPACITY as Sequence).map(|i| (1, i)));
	let batch = queue.batch(|_| usize::MAX);
	queue.push(entry(2, 0));
	assert_eq!(queue.lost(), 1);
	let answer = |entry| Node::default().receive(entry);
	let first = answer(&batch[0]);
	queue.take(&batch[..1], &[first]);
	assert_eq!((queue.len(), queue.lost()), (CAPACITY, 0));
}

#[test]
fn an_answer_that_says_nothing_is_no_progress() {
	let gap = Answer {
		status: Status::Gap,
		reason: None,
		expected: None,
	};
	for answers in [vec![], vec![gap.clone(), gap]] {
		let mut queue = queue([(1, 0), (1, 1)]);
		let batch = queue.batch(|_| usize::MAX);
		let handover = queue.take(&batch, &answers);
		assert!(handover.is_unclear && !handover.advanced, "{answers:?}");
		assert_eq!(queue.len(), 2);
	}
}

#[test]
fn what_is_accepted_and_denied_in_turn_is_no_progress() {
	let mut queue = queue([(1, 0), (1, 1)]);
	let batch = queue.batch(|_| usize::MAX);
	let answer = |status, expected| Answer {
		status,
		reason: None,
		expected,
	};
	let answers = [answer(Status::Accepted, None), answer(Status::Gap, Some(0))];
	assert!(!queue.take(&batch, &answers).advanced);
	assert_eq!(waiting(&queue), [0, 1]);
}

#[test]
fn a_batch_has_no_more_of_a_sensor_than_is_allowed() {
	let made = (0..100).map(|i| (1, i)).chain((0..100).map(|i| (2, i)));
	let batch = queue(made).batch(|sensor| if sensor == 1 { 1 } else { usize::MAX });
	assert_eq!(batch.len(), BATCH);
	assert_eq!((batch[0].sensor, batch[1].sensor), (1, 2));
	assert!(batch[1..].iter().all(|entry| entry.sensor == 2));
}

#[test]
fn a_long_reason_is_cut() {
	assert_eq!(short(&"ä".repeat(1_000)).chars().count(), MAX_REASON);
}
