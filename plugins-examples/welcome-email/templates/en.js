/** The message in English. The greeting also works for somebody who gave no name. */
export const en = {
  greeting: (name) => (name === '' ? 'Hello,' : `Hello ${name},`),
  subject: 'Welcome to {{productName}}',
  text: `{{greeting}}

thank you for joining {{productName}}. Please confirm your address within {{hours}} hours:

{{link}}

If you did not sign up, ignore this message; nothing else will come.
`,
  html: `<!doctype html>
<html lang="en">
  <body style="font-family: system-ui, sans-serif; line-height: 1.5; color: #1b1f24">
    <h1 style="font-size: 20px">{{greeting}}</h1>
    <p>thank you for joining {{productName}}. Please confirm your address within {{hours}} hours:</p>
    <p><a href="{{link}}">Confirm my address</a></p>
    <p style="color: #57606a">If you did not sign up, ignore this message; nothing else will come.</p>
  </body>
</html>
`,
}
