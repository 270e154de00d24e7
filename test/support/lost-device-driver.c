/*
 * A Vulkan driver that passes everything on to another one (POLARLINE_TEST_DRIVER) until a file exists
 * (POLARLINE_TEST_DEVICE_LOST): then each submission fails as on a device that was reset or taken away.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef void (*Function)(void);
typedef Function (*GetProcAddr)(void *, const char *);
typedef int (*Submit)(void *, uint32_t, const void *, void *);

#define VK_ERROR_DEVICE_LOST (-4)

static Submit real_submit;
static GetProcAddr real_device_proc;

static void *driver(void) {
  static void *handle;
  if (!handle) handle = dlopen(getenv("POLARLINE_TEST_DRIVER"), RTLD_NOW | RTLD_LOCAL);
  return handle;
}

static int submit(void *queue, uint32_t count, const void *submits, void *fence) {
  const char *file = getenv("POLARLINE_TEST_DEVICE_LOST");
  if (file && access(file, F_OK) == 0) return VK_ERROR_DEVICE_LOST;
  return real_submit(queue, count, submits, fence);
}

static Function device_proc(void *device, const char *name) {
  Function found = real_device_proc(device, name);
  if (found && strcmp(name, "vkQueueSubmit") == 0) {
    real_submit = (Submit)found;
    return (Function)submit;
  }
  return found;
}

Function vk_icdGetInstanceProcAddr(void *instance, const char *name) {
  GetProcAddr real = (GetProcAddr)dlsym(driver(), "vk_icdGetInstanceProcAddr");
  Function found = real(instance, name);
  if (found && strcmp(name, "vkGetDeviceProcAddr") == 0) {
    real_device_proc = (GetProcAddr)found;
    return (Function)device_proc;
  }
  if (found && strcmp(name, "vkQueueSubmit") == 0) {
    real_submit = (Submit)found;
    return (Function)submit;
  }
  return found;
}

int vk_icdNegotiateLoaderICDInterfaceVersion(uint32_t *version) {
  typedef int (*Negotiate)(uint32_t *);
  return ((Negotiate)dlsym(driver(), "vk_icdNegotiateLoaderICDInterfaceVersion"))(version);
}
