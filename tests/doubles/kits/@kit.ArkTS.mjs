// ArkTS utilities: `util.TextEncoder`, `util.TextDecoder`, `util.Base64Helper` ("@ohos.util").

class Encoder {
  encodeInto(text) {
    return new TextEncoder().encode(text);
  }
}

const Type = { BASIC: 0, MIME: 1, BASIC_URL_SAFE: 2, MIME_URL_SAFE: 3 };

class Base64Helper {
  encodeToStringSync(bytes, type = Type.BASIC) {
    return Buffer.from(bytes).toString(type === Type.BASIC_URL_SAFE ? 'base64url' : 'base64');
  }
}

export const util = {
  Type,
  Base64Helper,
  TextEncoder: Encoder,
  TextDecoder: {
    create: (encoding, options) => {
      const decoder = new TextDecoder(encoding, options);
      return { decodeToString: (bytes) => decoder.decode(bytes) };
    },
  },
};
