/** A small picture for the list; what this browser cannot draw (HEIC) goes without. */
const EDGE_PX = 160;

export async function thumbnail(photo: Blob): Promise<Blob | undefined> {
  try {
    const bitmap = await createImageBitmap(photo);
    const scale = EDGE_PX / Math.min(bitmap.width, bitmap.height);
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = EDGE_PX;
    const [width, height] = [bitmap.width * scale, bitmap.height * scale];
    canvas.getContext("2d")?.drawImage(bitmap, (EDGE_PX - width) / 2, (EDGE_PX - height) / 2, width, height);
    bitmap.close();
    return await new Promise((made) => canvas.toBlob((blob) => made(blob ?? undefined), "image/jpeg", 0.8));
  } catch {
    return undefined;
  }
}
