// Forms with a file: say at once when it is too large, and that reading takes a while.
for (const form of document.querySelectorAll("[data-upload]")) {
  const state = form.querySelector("[data-upload-state]");
  const most = Number(form.dataset.upload) * 1024 * 1024;
  form.addEventListener("submit", (event) => {
    const file = form.querySelector("input[type=file]")?.files[0];
    if (file && file.size > most) {
      event.preventDefault();
      state.textContent = `文件超过 ${form.dataset.upload} MB，请拆开再导入。`;
      return;
    }
    state.textContent = "正在读取，大文件要等一会儿……";
    form.querySelector("button[type=submit]").disabled = true;
  });
}
