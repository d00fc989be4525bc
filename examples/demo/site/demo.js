// Asks the API and lists which instance answered.
const answers = document.getElementById('answers');

async function ask() {
  const response = await fetch('/api/hello');
  const item = document.createElement('li');
  if (response.ok) {
    const { instance, answered } = await response.json();
    item.textContent = `${instance} (its answer number ${answered})`;
    item.className = instance.toLowerCase();
  } else {
    item.textContent = `no answer: ${response.status}`;
  }
  answers.append(item);
}

async function askFourTimes() {
  for (let time = 0; time < 4; time += 1) await ask();
}

document.getElementById('more').addEventListener('click', askFourTimes);
askFourTimes();
