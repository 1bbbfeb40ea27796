//! A source without an end.

#[tokio::test]
async fn copier_takes_more_than_there_is_room_for() {
    helper();
}

fn helper() {}

#[tokio::test(start_paused = true)]
async fn careful_copier_stops_at_its_limit() {
    helper();
}
