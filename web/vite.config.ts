import preact from "@preact/preset-vite";
import { defineConfig, type Plugin } from "vite";
import { VitePWA } from "vite-plugin-pwa";

/** The phone's door is fetched while the page still reads who is signed in: most who open it go there, and wait the longest. */
const doorAhead: Plugin = {
  name: "frontage-door-ahead",
  transformIndexHtml: {
    order: "post",
    handler(html, { bundle }) {
      const door = Object.values(bundle ?? {}).find((one) => one.type === "chunk" && one.name === "officer");
      if (door?.type !== "chunk") return [];
      const ahead = [door.fileName, ...door.imports].filter((name) => !html.includes(name));
      return ahead.map((name) => ({ tag: "link", attrs: { rel: "modulepreload", crossorigin: true, href: `/app/${name}` }, injectTo: "head" as const }));
    },
  },
};

/** Pages no phone on the street opens: each is kept from when it is first opened, instead of fetched beforehand. */
const AT_A_DESK = ["dispatch", "office", "manager", "rechecks", "campaigns", "indicators", "chart", "layers", "importing", "people", "subjects", "enforcement", "ratings", "settings", "operation", "open", "openness", "litigation", "records", "letters", "complaints"];

// Below /app/ everything is this program's; what the server renders itself lies beside it.
export default defineConfig({
  base: "/app/",
  plugins: [
    preact(),
    doorAhead,
    VitePWA({
      registerType: "prompt",
      manifest: {
        name: "门前 Frontage",
        short_name: "门前",
        lang: "zh-CN",
        start_url: "/app/",
        scope: "/app/",
        display: "standalone",
        background_color: "#faf8f4",
        theme_color: "#1d5a9f",
        icons: [{ src: "icon.svg", sizes: "any", type: "image/svg+xml", purpose: "any" }],
      },
      workbox: {
        navigateFallback: "/app/index.html",
        // The map is fetched when it is first wanted, and kept from then on.
        globPatterns: ["**/*.{js,css,html,svg,webmanifest}"],
        globIgnores: ["**/map-*", "**/maplibre-*", ...AT_A_DESK.map((name) => `**/${name}-*`)],
        runtimeCaching: [
          { urlPattern: /\/app\/assets\/map(libre)?-/, handler: "CacheFirst", options: { cacheName: "map" } },
          { urlPattern: /\/app\/assets\//, handler: "CacheFirst", options: { cacheName: "desk", expiration: { maxEntries: 60 } } },
        ],
      },
    }),
  ],
  // The only worker is the map's: it is kept with it.
  worker: { format: "es", rolldownOptions: { output: { entryFileNames: "assets/map-worker-[hash].js" } } },
  build: {
    target: "es2022",
    // What needs what, for scripts/pack_web.py.
    manifest: true,
    rolldownOptions: {
      // A file of its own that keeps the names of its exports: tests ask the very queue of the page that is open.
      input: { index: "index.html", queue: "src/officer/queue/index.ts" },
      preserveEntrySignatures: "exports-only",
      output: {
        chunkFileNames: "assets/[name]-[hash].js",
        entryFileNames: "assets/[name]-[hash].js",
        assetFileNames: (asset) => (asset.names.some((name) => name.includes("maplibre")) ? "assets/map-[name]-[hash][extname]" : "assets/[name]-[hash][extname]"),
      },
    },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
});
