// Shows the chosen user's organisations only; without JavaScript they are grouped by user.
const user = document.getElementById("user");
const organisation = document.getElementById("organisation");
const groups = [...organisation.querySelectorAll("optgroup")];

function showOrganisationsOfUser() {
  const group = groups.find((one) => one.dataset.user === user.value);
  organisation.replaceChildren(...[...group.children].map((option) => option.cloneNode(true)));
}

user.addEventListener("change", showOrganisationsOfUser);
showOrganisationsOfUser();
