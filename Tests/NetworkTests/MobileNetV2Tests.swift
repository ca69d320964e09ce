import Testing

@testable import Network

@Suite struct MobileNetV2Tests {
    let network = Backbone(.mobileNetV2, imageSize: 160)

    @Test func countsAreThoseOfKeras() {
        #expect(network.layers.count == 154)
        #expect(network.parameterCount == 2_257_984)
        #expect(network.convolutions.count == 52)
        #expect(network.layers.last?.outputShape == [5, 5, 1280])
    }

    @Test func fineTuningFromLayer100TrainsWhatKerasTrains() {
        #expect(network.layers[100].name == "block_11_expand_relu")
        // Keras' count includes the head's 6,405 parameters: 1,867,845 in all.
        #expect(network.trainableParameters(from: 100) + 6_405 == 1_867_845)
        #expect(network.trainableParameters(from: 154) == 0)
    }

    @Test func convolutionsPointAtTheirLayers() {
        for convolution in network.convolutions {
            #expect(network.layers[convolution.layer].name == convolution.name)
            #expect(network.layers[convolution.normalizationLayer].name == convolution.normalization)
        }
    }
}
