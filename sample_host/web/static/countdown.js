// Counts down by the page's own clock between two answers of the host.

const TICK = 250;

function text(seconds) {
  const left = Math.max(0, Math.round(seconds));
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
}

export function countDown(layer, secondsLeft) {
  layer.endsAt = performance.now() + secondsLeft * 1000;
  if (layer.ticking) return;
  const tick = () => {
    const left = Math.max(0, (layer.endsAt - performance.now()) / 1000);
    layer.dialog.querySelector("[data-time]").textContent = text(left);
    layer.dialog.querySelector("[data-countdown]").value = left;
  };
  layer.ticking = setInterval(tick, TICK);
  tick();
}

export function stopCounting(layer) {
  clearInterval(layer.ticking);
}
