// Dialogs: the modal or task module that a person has open, and questions before a deletion.
import { el, freshId } from "./dom.js";

/** Ask before something that cannot be undone. Resolves to true or false. */
export function confirmBox(title, text, yes, no = "Cancel") {
  return new Promise((answer) => {
    const heading = freshId("dialog");
    const box = el("dialog", { class: "dialog small", "aria-labelledby": heading, onclose: () => { answer(box.returnValue === "yes"); box.remove(); } },
      el("h2", { id: heading }, title), el("p", {}, text),
      el("div", { class: "dialog-actions" },
        el("button", { type: "button", class: "button", onclick: () => box.close("no") }, no),
        el("button", { type: "button", class: "button danger", onclick: () => box.close("yes") }, yes)));
    document.body.append(box);
    box.showModal();
  });
}

/** Shows the dialog that the pane's person has open, for as long as the stand-in says so. */
export class DialogOfPane {
  constructor(pane) {
    this.pane = pane;
    this.box = null;
    this.signature = "";
  }

  update() {
    const { side, workspace, person, app } = this.pane;
    const dialog = side.dialogFor(workspace, person, app, this.pane);
    const signature = dialog ? person.id + dialog.signature : "";
    if (signature === this.signature) return;
    this.signature = signature;
    if (!dialog) this.take();
    else this.show(dialog);
  }

  take() {
    const box = this.box;
    this.box = null;
    box?.close();
    box?.remove();
  }

  show(dialog) {
    const heading = freshId("dialog");
    const form = el("form", { class: "dialog-form", novalidate: true, onsubmit: (event) => { event.preventDefault(); this.submit(dialog, form); } },
      el("header", { class: "dialog-head" }, el("h2", { id: heading }, dialog.title),
        el("span", { class: "quiet" }, `${this.pane.title} · ${this.pane.side.label}`),
        el("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: () => this.dismiss(dialog) }, "×")),
      el("div", { class: "dialog-body" }, dialog.nodes()),
      dialog.submitLabel || dialog.closeLabel ? el("div", { class: "dialog-actions" },
        el("button", { type: "button", class: "button", onclick: () => this.dismiss(dialog) }, dialog.closeLabel || "Cancel"),
        dialog.submitLabel ? el("button", { type: "submit", class: "button primary" }, dialog.submitLabel) : null) : null);
    if (this.box) {
      this.box.replaceChildren(form);
      this.box.setAttribute("aria-labelledby", heading);
    } else {
      this.box = el("dialog", { class: `dialog ${this.pane.platform}`, "aria-labelledby": heading,
        oncancel: (event) => { event.preventDefault(); this.dismiss(this.dialog); } }, form);
      document.body.append(this.box);
      this.box.showModal();
    }
    this.dialog = dialog;
    (form.querySelector("[aria-invalid=true], [data-first]") || form.querySelector(".dialog-body input, .dialog-body select, .dialog-body textarea"))?.focus();
  }

  submit(dialog, form) {
    if (!form.reportValidity()) return;
    this.pane.app.attempt(() => dialog.submit());
  }

  dismiss(dialog) {
    this.pane.app.attempt(async () => {
      await dialog.close();
      await this.pane.app.refresh(this.pane.platform);
    });
  }
}
