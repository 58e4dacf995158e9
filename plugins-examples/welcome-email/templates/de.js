/** The message in German. The greeting also works for somebody who gave no name. */
export const de = {
  greeting: (name) => (name === '' ? 'Guten Tag,' : `Guten Tag ${name},`),
  subject: 'Willkommen bei {{productName}}',
  text: `{{greeting}}

schön, dass Sie bei {{productName}} dabei sind. Bitte bestätigen Sie Ihre Adresse innerhalb von {{hours}} Stunden:

{{link}}

Falls Sie sich nicht angemeldet haben, übergehen Sie diese Nachricht; weiter kommt nichts.
`,
  html: `<!doctype html>
<html lang="de">
  <body style="font-family: system-ui, sans-serif; line-height: 1.5; color: #1b1f24">
    <h1 style="font-size: 20px">{{greeting}}</h1>
    <p>schön, dass Sie bei {{productName}} dabei sind. Bitte bestätigen Sie Ihre Adresse innerhalb von {{hours}} Stunden:</p>
    <p><a href="{{link}}">Adresse bestätigen</a></p>
    <p style="color: #57606a">Falls Sie sich nicht angemeldet haben, übergehen Sie diese Nachricht; weiter kommt nichts.</p>
  </body>
</html>
`,
}
