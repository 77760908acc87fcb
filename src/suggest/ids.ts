/** As many different words as are listed rather than generalised. */
export const FEW = 3;

export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export const UUID_PATTERN = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** So long that it stands for one thing, such as a container, and the next is another. */
export const HEX_ID = /^(?=.*[a-f])(?=.*[0-9])[0-9a-f]{8,}$/;
