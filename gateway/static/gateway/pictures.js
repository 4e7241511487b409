// A picture of a conversation opens large above it; with a key held down it opens as any link does.

const large = document.getElementById("large");

document.addEventListener("click", (event) => {
  const link = event.target.closest("a.pic");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const picture = new Image();
  picture.alt = link.querySelector("img").alt;
  picture.src = link.href;
  large.querySelector("a").href = link.href;
  large.querySelector("img")?.remove();
  large.prepend(picture);
  large.showModal();
});
