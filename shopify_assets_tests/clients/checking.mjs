// What the scripts share: the shop, a check that counts, and the report of one line.
export const shop = process.env.SHOP;
export const token = process.env.TOKEN;
export const version = process.env.VERSION;

let passed = 0;
export function check(name, holds, seen) {
  if (!holds) {
    console.error(`FAILED: ${name}: ${JSON.stringify(seen)}`);
    process.exit(1);
  }
  passed += 1;
}
export function report(figures) {
  console.log(JSON.stringify({ checks: passed, ...figures }));
}
