// What went wrong, in words, where one looks.
const SHOWN_FOR = 6000;

export function tellTroubles() {
  const toast = document.getElementById("toast");
  let hiding = null;
  const tell = (text) => {
    toast.textContent = text;
    toast.hidden = false;
    clearTimeout(hiding);
    hiding = setTimeout(() => { toast.hidden = true; }, SHOWN_FOR);
  };
  const refused = ({ status, responseText }) => {
    if (status === 409) htmx.trigger(document.body, "case-changed");
    const isSentence = responseText && responseText.length < 200 && !responseText.startsWith("<") && !responseText.startsWith("{");
    tell(isSentence ? responseText : "没有办成，请再试一次。一直这样的话，请联系管理员。");
  };
  const cutOff = () => tell("网络断了，刚才的没有发出去。连上后请再试一次。");
  document.body.addEventListener("htmx:responseError", (event) => refused(event.detail.xhr));
  document.body.addEventListener("htmx:sendError", cutOff);
  document.body.addEventListener("unsaid", (event) => (event.detail ? refused(event.detail) : cutOff()));
}
