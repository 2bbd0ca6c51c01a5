// camera: a dialog that looks for a code until there is one, or until it is closed.
import { draw } from './picture.js';
import { make } from './page.js';

const PAUSE = 120;
const SIDES = [1000, 700, 1300];

// Why there is no picture, as the name of a text.
function reason(error) {
    if (error.name === 'NotAllowedError' || error.name === 'SecurityError') return 'cameraDenied';
    return error.name === 'NotFoundError' || error.name === 'OverconstrainedError' ? 'cameraNone' : 'cameraBusy';
}

function start() {
    return navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: { ideal: 'environment' }, width: { ideal: 1920 }, height: { ideal: 1080 } },
    });
}

// A video has its size under other names than a picture.
async function look(video, reader, n) {
    if (!video.videoWidth) return [];
    const picture = await createImageBitmap(video);
    try {
        return await reader.read(draw(picture, SIDES[n % SIDES.length]));
    } finally {
        picture.close();
    }
}

async function search(dialog, video, reader) {
    for (let n = 0; dialog.open; n++) {
        const texts = await look(video, reader, n);
        if (texts.length) return texts;
        await new Promise(resolve => setTimeout(resolve, PAUSE));
    }
    return [];
}

function show(text) {
    const video = make('video', { playsinline: '', muted: '', 'aria-label': text('cameraPicture') });
    const close = make('button', { type: 'button', class: 'healthpass-button' }, text('cancel'));
    const dialog = make('dialog', { class: 'healthpass-camera', 'aria-label': text('camera') },
        make('p', {}, text('cameraHold')), video, close);
    video.muted = true;
    close.onclick = () => dialog.close();
    document.body.append(dialog);
    dialog.showModal();
    return { dialog, video };
}

// The camera is off as soon as the dialog is closed, also when it was allowed only after that.
async function watch(dialog, video, reader) {
    const stream = await start();
    const stop = () => stream.getTracks().forEach(track => track.stop());
    dialog.addEventListener('close', stop);
    try {
        video.srcObject = stream;
        await video.play();
        return await search(dialog, video, reader);
    } finally {
        stop();
    }
}

// The texts that the camera saw, none when the visitor closed it.  Throws { why }.
export async function readCamera(text, reader) {
    const { dialog, video } = show(text);
    const closed = new Promise(resolve => dialog.addEventListener('close', () => resolve([])));
    try {
        return await Promise.race([closed, watch(dialog, video, reader)]);
    } catch (error) {
        if (!dialog.open) return [];
        throw Object.assign(new Error(error.message), { why: reason(error) });
    } finally {
        dialog.close();
        dialog.remove();
    }
}
