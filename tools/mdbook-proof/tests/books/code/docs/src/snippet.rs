# fn main() -> Result<(), ()> {
let shown = 1;
# Ok(()) }
## ]
