/** Who signs in finds the door of their work; each is fetched when it is first opened. */
import { render } from "preact";
import { lazy, Suspense } from "preact/compat";
import { Redirect, Route, Router, Switch } from "wouter-preact";
import { session, sessionEnded } from "./api/client";
import { SignIn } from "./sign_in";
import { keepFocus } from "./ui/focus";
import { Newer } from "./ui/newer";
import { Skip } from "./ui/skip";
import { Waiting } from "./ui/waiting";
import { language, t } from "./words";
import "./ui/tokens.css";
import "./ui/base.css";

const Officer = lazy(() => import("./officer"));
const Dispatch = lazy(() => import("./dispatch"));
const Drawn = lazy(() => import("./rechecks/drawn"));
const Open = lazy(() => import("./open"));
const Office = lazy(() => import("./office"));

const DOORS: Record<string, string> = {
  officer: "/officer",
  handler: "/officer",
  checker: "/officer",
  dispatcher: "/dispatch",
  acceptor: "/dispatch",
  zone_manager: "/manager",
  reviewer: "/enforcement",
  intake: "/complaints",
  admin: "/dispatch",
};

function App() {
  // Whoever checks a sample need not be anybody here.
  if (location.pathname === "/app/draw") {
    return (
      <Suspense fallback={<Waiting what={t("wait.page")} />}>
        <Drawn />
      </Suspense>
    );
  }
  if (location.pathname === "/open" || location.pathname === "/app/open") {
    return (
      <Suspense fallback={<Waiting what={t("wait.page")} />}>
        <Open />
      </Suspense>
    );
  }
  const current = session.value;
  if (!current || sessionEnded.value) return <SignIn />;
  return (
    <Suspense fallback={<Waiting what={t("wait.page")} />}>
      <Skip />
      <Router base="/app">
        <Switch>
          <Route path="/officer/*?" component={Officer} />
          <Route path="/dispatch/*?" component={Dispatch} />
          <Route path="/"><Redirect to={DOORS[current.user.role] ?? "/me"} replace /></Route>
          <Route component={Office} />
        </Switch>
      </Router>
    </Suspense>
  );
}

document.documentElement.lang = language.value;
keepFocus();
render(
  <>
    <App />
    <Newer />
  </>,
  document.getElementById("app")!,
);
