// Shows /openapi.json to people: every route with its parameters, an example of its answer, and its problems.
const place = document.getElementById("reference");

function made(tag, ...content) {
  const element = document.createElement(tag);
  element.append(...content);
  return element;
}

/** The little Markdown the descriptions use: paragraphs, lists, **bold** and `code`. */
function prose(text) {
  return text.trim().split(/\n\n+/).map((block) => {
    const items = block.split(/^\* /m);
    if (items.length === 1) return made("p", ...inline(block));
    return made("ul", ...items.slice(1).map((item) => made("li", ...inline(item))));
  });
}

function inline(text) {
  return text.split(/(\*\*[^*]+\*\*|`[^`]+`)/).map((part) => {
    if (part.startsWith("**")) return made("strong", part.slice(2, -2));
    return part.startsWith("`") ? made("code", part.slice(1, -1)) : part;
  });
}

function operation(api, path, method, told) {
  const section = made("section", made("h3", made("code", `${method.toUpperCase()} ${path}`), ` ${told.summary}`));
  section.append(...prose(told.description ?? ""));
  const parameters = (told.parameters ?? []).filter((parameter) => parameter.in !== "header");
  if (parameters.length) section.append(made("dl", ...parameters.flatMap(described)));
  const example = exampleOf(api, told.responses["200"]);
  if (example !== undefined) section.append(foldable("Example", example), fields(api, told.responses["200"]));
  const problems = Object.entries(told.responses).filter(([status]) => status >= "400");
  if (problems.length) section.append(made("p", "Problems: ", problems.map(([s, p]) => `${s} ${p.description}`).join(" · ")));
  return section;
}

function described(parameter) {
  const fallback = parameter.schema?.default;
  const more = fallback === undefined ? "" : ` Default: ${fallback}.`;
  return [made("dt", made("code", parameter.name)), made("dd", ...inline((parameter.description ?? "") + more))];
}

function schemaOf(api, answer) {
  const reference = answer?.content?.["application/json"]?.schema?.$ref;
  return reference ? api.components.schemas[reference.split("/").pop()] : null;
}

function exampleOf(api, answer) {
  const plain = answer?.content?.["text/plain"]?.example;
  const example = schemaOf(api, answer)?.examples?.[0];
  return plain ?? (example && JSON.stringify(example, null, 2));
}

function foldable(title, text) {
  return made("details", made("summary", title), made("pre", text));
}

/** The fields of an answer, and of what its lists hold. */
function fields(api, answer) {
  const rows = [];
  const collect = (schema, prefix) => {
    for (const [name, field] of Object.entries(schema?.properties ?? {})) {
      const inner = field.items?.$ref ?? field.$ref ?? field.anyOf?.find((choice) => choice.$ref)?.$ref;
      const path = prefix + name + (field.items ? "[]" : "");
      rows.push(made("dt", made("code", path)), made("dd", ...inline(field.description ?? "")));
      if (inner) collect(api.components.schemas[inner.split("/").pop()], `${path}.`);
    }
  };
  collect(schemaOf(api, answer), "");
  return rows.length ? made("details", made("summary", "Fields"), made("dl", ...rows)) : "";
}

async function show() {
  const api = await (await fetch("/openapi.json")).json();
  place.replaceChildren(made("h1", `${api.info.title} ${api.info.version}`), ...prose(api.info.description));
  for (const tag of api.tags) {
    place.append(made("h2", tag.name), ...prose(tag.description));
    for (const [path, methods] of Object.entries(api.paths)) {
      for (const [method, told] of Object.entries(methods)) {
        if (told.tags?.includes(tag.name)) place.append(operation(api, path, method, told));
      }
    }
  }
}

show().catch((trouble) => place.replaceChildren(made("p", `The description cannot be shown: ${trouble.message}`)));
