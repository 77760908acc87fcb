// The small changes of logic that scripts/mutants.js tries, in one compiled file.
import { parse } from 'acorn';
import { full } from 'acorn-walk';

const OPERATORS = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '+': '-',
  '-': '+',
  '*': '/',
  '&': '|',
  '|': '&',
  '&&': '||',
  '||': '&&',
  '??': '&&',
};

/**
 * @param text JavaScript, an ES module
 * @returns what may be changed: offsets into the text, and what stands there instead
 */
export function mutationsIn(text) {
  const found = [];
  const replace = ({ start, end }, to) => found.push({ start, end, to });
  full(parse(text, { ecmaVersion: 'latest', sourceType: 'module' }), (node) => {
    switch (node.type) {
      case 'BinaryExpression':
      case 'LogicalExpression': {
        const to = OPERATORS[node.operator];
        const start = text.indexOf(node.operator, node.left.end);
        if (to !== undefined) replace({ start, end: start + node.operator.length }, to);
        break;
      }
      case 'IfStatement':
      case 'ConditionalExpression':
        replace(node.test, 'true');
        replace(node.test, 'false');
        break;
      case 'UnaryExpression':
        if (node.operator === '!') replace({ start: node.start, end: node.start + 1 }, '');
        break;
      case 'Literal':
        if (typeof node.value === 'boolean') replace(node, String(!node.value));
        if (typeof node.value === 'number') replace(node, String(node.value + 1));
        break;
      case 'ExpressionStatement':
        if (node.expression.type === 'CallExpression') replace(node, ';');
        break;
      case 'ReturnStatement':
        if (node.argument?.type === 'CallExpression') replace(node, 'return undefined;');
        break;
      case 'ArrayExpression':
        if (node.elements.length > 0) replace(node, '[]');
        break;
      case 'ObjectExpression':
        for (const part of node.properties) {
          if (part.type === 'SpreadElement') replace(part, '...{}');
        }
        break;
    }
  });
  return found;
}
