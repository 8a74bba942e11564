// A table from a German spreadsheet: with semicolons, a byte order mark and umlauts.
import { readFile } from 'node:fs/promises'
import { Api } from './kit/api'
import { row, signInAsAdministrator } from './kit/people'
import { expectGerman } from './kit/screen'
import { expectPage } from './kit/steps'
import { expect, test } from './kit/test'

const table = (...lines: string[]) => ({
  name: 'personen.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from(`\uFEFF${['username;name;email;groups', ...lines].join('\r\n')}\r\n`),
})

test('in German, a table is refused with each fault by line, mended, and imported', async ({
  page,
  product,
  administrator,
  openBrowser,
}) => {
  await administrator.makeGroups(['fertigung', 'versand'], [])
  await signInAsAdministrator(page, product)
  await (await Api.in(page)).send('PATCH', '/api/profile', { language: 'de' })
  await page.goto('/people')
  await expectPage(page, 'Personen')
  await expectGerman(page)
  await page.getByRole('link', { name: 'Importieren' }).click()
  await expectPage(page, 'Personen importieren')
  await expectGerman(page)

  const file = page.getByLabel('Tabelle in CSV')
  await file.setInputFiles(
    table(
      'jürgen.groß;Jürgen Groß;juergen@example.org;fertigung versand',
      'zoë.müller;Zoë Müller;zoe.example.org;fertigung',
      'Jürgen.Groß;"Groß; Jürgen";;',
      'käthe;Käthe Schwarz;;fertigung lager',
      ';Niemand;;',
      'lena;Lena Öz;;lager',
    ),
  )
  await expect(page.getByRole('alert')).toContainText('Noch kann nichts importiert werden: 4 Fehler.')
  await expect(page.getByRole('main').getByRole('listitem')).toHaveText([
    'Zeile 3: Das ist keine E-Mail-Adresse. zoe.example.org',
    'Zeile 4: Der Benutzername steht auch in einer früheren Zeile. Jürgen.Groß',
    'Zeile 5 und 1 weitere: Es gibt keine Gruppe dieses Namens. Legen Sie sie unter Gruppen an oder berichtigen Sie die Tabelle. lager',
    /^Zeile 6: Der Benutzername fehlt\.\s*$/,
  ])
  await expect(page.getByRole('button', { name: /importieren$/ })).toHaveCount(0)
  await expectGerman(page)

  await file.setInputFiles(
    table(
      'jürgen.groß;Jürgen Groß;juergen@example.org;fertigung versand',
      'zoë.müller;Zoë Müller;zoe@example.org;fertigung',
      'jürgen.groß.2;"Groß; Jürgen";;',
      'käthe;Käthe Schwarz;;fertigung',
    ),
  )
  await expect(page.getByText('4 Personen können importiert werden.')).toBeVisible()
  await expect(page.getByRole('alert')).toHaveCount(0)
  await expect(page.getByRole('table', { name: 'Vorschau' }).getByRole('row')).toHaveText([
    /^Zeile\s*Benutzername\s*Vollständiger Name\s*E-Mail\s*Gruppen$/,
    /^2\s*jürgen\.groß\s*Jürgen Groß\s*juergen@example\.org\s*fertigung, versand/,
    /^3\s*zoë\.müller\s*Zoë Müller\s*zoe@example\.org\s*fertigung/,
    /^4\s*jürgen\.groß\.2\s*Groß; Jürgen/,
    /^5\s*käthe\s*Käthe Schwarz\s*fertigung/,
  ])
  await expectGerman(page)
  await page.getByLabel('Wie lange der Link gilt').selectOption('14 Tage')
  await page.getByRole('button', { name: '4 Personen importieren' }).click()
  await expect(page.getByRole('heading', { name: '4 Konten wurden angelegt.' })).toBeFocused()
  await expect(page.getByText('4 Links wurden nicht verschickt.')).toBeVisible()
  await expectGerman(page)
  const downloaded = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Links herunterladen' }).click()
  const links = (await readFile(await (await downloaded).path(), 'utf8')).split('\r\n')
  expect(links).toHaveLength(6)
  expect(links[0], 'as the spreadsheet wrote its own').toBe('\uFEFFusername;name;email;link;valid_until')
  expect(links[1]).toMatch(/^jürgen\.groß;Jürgen Groß;juergen@example\.org;http:\/\/localhost:\d+\/welcome#[\w-]{43};/)
  expect(links[3]).toMatch(/^jürgen\.groß\.2;"Groß; Jürgen";;http/)
  await expect(page.getByText('Die Datei wurde heruntergeladen.')).toBeVisible()

  await page.getByRole('link', { name: 'Personen anzeigen' }).click()
  await expectPage(page, 'Personen')
  await page.getByLabel('Anzeigen').selectOption('Gruppe fertigung')
  await expect(page.getByRole('row')).toHaveCount(4)
  await expect(row(page, 'Zoë Müller')).toContainText('Eingeladen')
  await expectGerman(page)
  await page.getByRole('link', { name: 'Gruppen' }).click()
  await expectPage(page, 'Gruppen')
  await expect(row(page, 'fertigung')).toContainText('3 Mitglieder')
  await expect(row(page, 'versand')).toContainText('1 Mitglied')
  await expect(row(page, 'versand')).not.toContainText('Mitglieder')
  await expectGerman(page)

  const their = await openBrowser()
  await their.goto(/http\S+?(?=;)/.exec(links[1] ?? '')?.[0] ?? '')
  await expect(their.getByRole('heading', { level: 1 })).toContainText('Jürgen Groß')
})
