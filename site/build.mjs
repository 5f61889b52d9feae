// Lays the pages out for mdBook, in build/source: those that SUMMARY.md names, under the paths that they have here, so
// that their links lead to each other there as well. Other files that it names, the examples, become pages too.
//
// Taken out are the comments that only the tests read. Mermaid's diagrams, which GitHub draws, become SVG.

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join, normalize } from "node:path";
import { renderMermaidSVG } from "beautiful-mermaid";

const SITE = import.meta.dirname;
const PROJECT = dirname(SITE);
const SOURCE = join(SITE, "build", "source");
const IMAGES = "docs/images";

const BLOCK = /^( *)```(\S*)\n([^]*?)^\1```$/gm;
const COMMENT = /^ *<!-- .* -->\n/gm;
const LINK = /(\]\()([^()\s#]+)(#[^()\s]*)?(\))/g;
const LANGUAGES = { ".ts": "typescript", ".yaml": "yaml" };

const summary = readFileSync(join(SITE, "SUMMARY.md"), "utf8");
const pages = [...summary.matchAll(LINK)].map(([, , path]) => join("site", path));

rmSync(SOURCE, { recursive: true, force: true });
cpSync(join(PROJECT, IMAGES), join(SOURCE, IMAGES), { recursive: true });
write("SUMMARY.md", summary.replace(LINK, (_, open, path) => `${open}${chapter(join("site", path))})`));
const faults = pages.flatMap(lay);
if (faults.length) {
  console.error(faults.join("\n"));
  process.exit(1);
}
console.log(`${pages.length} pages`);

/** Writes a page, and returns which of its links lead out of the book. */
function lay(path) {
  const text = readFileSync(join(PROJECT, path), "utf8");
  if (extname(path) !== ".md") {
    write(chapter(path), `# ${path}\n\n\`\`\`${LANGUAGES[extname(path)]}\n${text}\`\`\`\n`);
    return [];
  }
  const { prose, blocks } = apart(text);
  const leadsOut = [];
  const linked = prose.replace(COMMENT, "").replace(LINK, (link, open, target, anchor = "", close) => {
    if (/^[a-z]+:/.test(target)) return link;
    const to = normalize(join(dirname(path), target));
    if (to.startsWith(IMAGES)) return link;
    if (!pages.includes(to)) leadsOut.push(`${path} links to ${target}, which site/SUMMARY.md does not name`);
    return `${open}${chapter(target)}${anchor}${close}`;
  });
  write(chapter(path), together(linked, blocks.map(drawn)));
  return leadsOut;
}

/** What a file is called as a chapter of the book. */
function chapter(path) {
  return extname(path) === ".md" ? path.replace(/README\.md$/, "index.md") : `${path}.md`;
}

/** The prose of a page, with a mark where each block was; and the blocks. */
function apart(text) {
  const blocks = [];
  const prose = text.replace(BLOCK, (block, indent, language, content) => {
    blocks.push({ block, language, content });
    return `\0${blocks.length - 1}\0`;
  });
  return { prose, blocks };
}

function together(prose, blocks) {
  return prose.replace(/\0(\d+)\0/g, (_, number) => blocks[number]);
}

/** The block, or the picture of a diagram. Its colours are those of the book's theme, by style.css. */
function drawn({ block, language, content }, number) {
  if (language !== "mermaid") return block;
  const svg = renderMermaidSVG(content, { transparent: true, padding: 8 })
    .replace(/<style>[^]*?<\/style>/, "")
    // Smaller than this, nobody could read it.
    .replace(/ width="([\d.]+)"([^>]*) style="[^"]*"/, (_, width, rest) => ` width="${width}"${rest} style="min-width: ${Math.round(0.65 * width)}px"`)
    .replaceAll("arrowhead", `arrowhead-${number}`)
    .replace(/\n\s*(?=\n)/g, "");
  return `<div class="diagram">\n${svg}\n</div>\n`;
}

function write(path, text) {
  mkdirSync(dirname(join(SOURCE, path)), { recursive: true });
  writeFileSync(join(SOURCE, path), text);
}
