// ANCHOR: 12
const A: u8 = 0;
// ANCHOR_END: 12
