// The rules of the pages and of the server demos, one by one. README.md of tests/doubles cites them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schemaFault } from './schema.mjs';
import { v1Fault } from './v1-schema.mjs';

const TARGET = { token: ['t'] };

function v3(pushType, payload, pushOptions) {
  return schemaFault(pushType, { payload, target: TARGET, ...(pushOptions && { pushOptions }) })?.code;
}

test('a notification of v3 has the documented members and ranges', () => {
  const shown = { category: 'IM', title: 't', body: 'b', clickAction: { actionType: 0 } };
  const fault = (changes) => v3('0', { notification: { ...shown, ...changes } });
  const good = [
    {}, { notifyId: -1 }, { notifyId: 2 ** 31 - 1 }, { appMessageId: 'aZ0+/=-_ ' }, { profileId: 'p'.repeat(64) },
    { style: 3, inboxContent: ['1', '2', '3'] }, { style: 1, bigTitle: 'T', bigBody: 'B' }, { sound: 'a.mp3', soundDuration: 60 },
    { badge: { addNum: 1, setNum: 0 } }, { clickAction: { actionType: 1, uri: 'x' } }, { image: 'https://example.com/a.png' },
  ];
  for (const changes of good) assert.equal(fault(changes), undefined, JSON.stringify(changes));
  const bad = [
    { category: undefined }, { clickAction: undefined }, { title: '' }, { notifyId: 2 ** 31 }, { appMessageId: 'a.b' }, { appMessageId: '' },
    { profileId: 'p'.repeat(65) }, { style: 2 }, { style: 3 }, { style: 1, bigTitle: 'T' }, { inboxContent: ['1', '2', '3', '4'] },
    { inboxContent: ['x'.repeat(1025)] }, { soundDuration: 61, sound: 'a' }, { badge: { addNum: 0 } }, { badge: { setNum: 100 } },
    { clickAction: { actionType: 1 } }, { clickAction: { actionType: 3 } }, { image: 'http://example.com/a.png' }, { category: 'PLAY_VOICE' },
    { extra: 1 },
  ];
  for (const changes of bad) assert.equal(fault(changes), '80100003', JSON.stringify(changes));
});

test('a badge alone has no title, body or category', () => {
  assert.equal(v3('0', { notification: { badge: { setNum: 99 } } }), undefined);
  assert.equal(v3('0', { notification: { badge: { setNum: 99 }, category: 'IM' } }), '80100003');
  assert.equal(v3('0', { notification: { badge: { setNum: 99 }, clickAction: { actionType: 0 } } }), '80100003');
});

test('a widget refresh and a live view have the documented members', () => {
  const form = { moduleName: 'entry', abilityName: 'EntryFormAbility', formName: 'widget', formId: 423434262, version: 123456, formData: { text_key: 'new' } };
  const image = { keyName: 'image_key', url: 'https://example.com/a.png', require: 1 };
  assert.equal(v3('1', { ...form, images: [image] }), undefined);
  for (const changes of [{ formId: 'x' }, { version: -1 }, { formData: { a: null } }, { formData: { 'datashareproxy://a': 1 } }, { images: [image, image] },
    { images: [{ ...image, keyName: 'text_key' }] }, { images: [{ ...image, url: 'http://a' }] }, { moduleName: undefined }]) {
    assert.equal(v3('1', { ...form, ...changes }), '80100003', JSON.stringify(changes));
  }
  const view = { activityId: 1, operation: 1, event: 'DELIVERY', activityData: { notificationData: { type: 3 } } };
  assert.equal(v3('7', view), undefined);
  assert.equal(v3('7', { ...view, operation: 0, event: 'TAXI', status: 'CALLING' }), undefined);
  for (const changes of [{ operation: 3 }, { event: 'x' }, { operation: 0 }, { operation: 0, event: 'TAXI' }, { activityData: {} }, { activityId: 2 ** 31 }]) {
    assert.equal(v3('7', { ...view, ...changes }), '80100003', JSON.stringify(changes));
  }
});

test('a v1 message passes the validators of the server demos', () => {
  const shown = { click_action: { type: 3 }, default_sound: true };
  const message = (changes = {}, android = {}) => ({
    validate_only: false,
    message: { notification: { title: 't', body: 'b' }, token: ['t'], android: { notification: { ...shown, ...changes }, ...android } },
  });
  const fault = (...changes) => v1Fault(message(...changes))?.code;
  const good = [
    [], [{ sound: 'a.mp3', default_sound: undefined }], [{ style: 3, inbox_content: ['1', '2', '3', '4', '5'] }], [{ style: 1, big_title: 'T', big_body: 'B' }],
    [{ click_action: { type: 1, action: 'x' } }], [{ click_action: { type: 2, url: 'https://example.com' } }], [{ badge: { add_num: 1 } }],
    [{}, { urgency: 'HIGH', ttl: '86400s', collapse_key: -1, category: 'IM', target_user_type: 1, bi_tag: 't', receipt_id: 'r' }],
  ];
  for (const changes of good) assert.equal(fault(...changes), undefined, JSON.stringify(changes));
  const bad = [
    [{ click_action: undefined }], [{ click_action: {} }], [{ click_action: { type: 5 } }], [{ click_action: { type: 1 } }], [{ click_action: { type: 2 } }],
    [{ click_action: { type: 2, url: 'http://a' } }], [{ default_sound: false }], [{ style: 2 }], [{ style: 1, big_title: 'T' }], [{ style: 3 }],
    [{ badge: { add_num: 0 } }], [{ unknown: 1 }], [{}, { urgency: 'high' }], [{}, { ttl: 'x' }], [{}, { collapse_key: 101 }],
    [{}, { target_user_type: 4 }], [{}, { notification: undefined }],
  ];
  for (const changes of bad) assert.notEqual(fault(...changes), undefined, JSON.stringify(changes));
  assert.equal(v1Fault({ message: { data: '{}', token: ['t'] } }), undefined);
  for (const body of [{}, { message: { token: ['t'] } }, { message: { data: {}, token: ['t'] } }, { message: { data: 'x', token: [] } }, { message: { data: 'x', topic: 'x' } }]) {
    assert.notEqual(v1Fault(body), undefined, JSON.stringify(body));
  }
});
