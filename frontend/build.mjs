// Builds everything the browser loads into the folder that is named, under names that carry a hash of their content, and
// writes manifest.json, which says how they are called. build_frontend.py puts all of it where it is served from.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const out = resolve(process.argv[2]);
const packageFile = (name) => createRequire(import.meta.url).resolve(name);
const files = {};

/** Bundles the entry points and notes every output, fonts included, under the name of its source. */
async function bundle() {
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: ["frontend/js/app.js", "frontend/js/api-docs.js", "frontend/css/app.css", "frontend/js/editor.js", "frontend/css/editor.css"],
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2022"],
    loader: { ".woff2": "file" },
    legalComments: "none",
    splitting: true, // what a page rarely needs is loaded by import() when it does
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    outdir: out,
    metafile: true,
  });
  for (const [path, output] of Object.entries(result.metafile.outputs)) {
    const source = output.entryPoint ?? (path.endsWith(".js") ? null : Object.keys(output.inputs)[0]);
    if (source) files[basename(source)] = basename(path);
  }
}

function add(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase();
  const [stem, extension] = name.split(/\.(?=[^.]+$)/);
  files[name] = `${stem}-${hash}.${extension}`;
  writeFileSync(join(out, files[name]), content);
}

/** One SVG with a symbol for each icon named in icons.json: our name for the meaning, Lucide's for the drawing. */
function sprite(names) {
  const symbols = Object.entries(names).map(([name, drawing]) => {
    const svg = readFileSync(packageFile(`lucide-static/icons/${drawing}.svg`), "utf8");
    const shapes = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace("</svg>", "").replace(/\s*\n\s*/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24">${shapes}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}

/** Each text beside itself in the two encodings that browsers take, made once here rather than with every answer. */
function compress() {
  for (const name of readdirSync(out).filter((each) => /\.(js|css|svg)$/.test(each))) {
    const content = readFileSync(join(out, name));
    writeFileSync(join(out, `${name}.gz`), gzipSync(content, { level: 9 }));
    const quality = content.length > 1_000_000 ? 9 : 11;
    const params = { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
    writeFileSync(join(out, `${name}.br`), brotliCompressSync(content, { params }));
  }
}

mkdirSync(out, { recursive: true });
await bundle();
const icons = JSON.parse(readFileSync(join(here, "icons.json"), "utf8"));
add("icons.svg", sprite(icons));
add("favicon.svg", readFileSync(join(here, "favicon.svg")));
add("swagger-ui.js", readFileSync(packageFile("swagger-ui-dist/swagger-ui-bundle.js")));
add("swagger-ui.css", readFileSync(packageFile("swagger-ui-dist/swagger-ui.css")));
compress();
const manifest = { files, icons };
writeFileSync(join(out, "manifest.json"), JSON.stringify(manifest, null, 1) + "\n");
