// Image Kit: a picture of a size. Its pixels are not imitated.
export const image = {
  createPixelMapSync: (_colors, { size }) => ({ getImageInfoSync: () => ({ size }) }),
};
