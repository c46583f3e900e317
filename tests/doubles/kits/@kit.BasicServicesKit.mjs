// Basic Services Kit: `deviceInfo` and `systemDateTime.getUptime`, which counts from the start of the device and does
// not follow the clock ("@ohos.systemDateTime").
import { currentProcess } from './device.mjs';

const { device } = currentProcess();

export const deviceInfo = {
  get sdkApiVersion() {
    return device.sdkApiVersion;
  },
  get deviceType() {
    return device.deviceType;
  },
};

export const systemDateTime = {
  TimeType: { STARTUP: 0, ACTIVE: 1 },
  getUptime: (type, nanoseconds = false) => Math.round(device.uptime * (nanoseconds ? 1e6 : 1)),
};
